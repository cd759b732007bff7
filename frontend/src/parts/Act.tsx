import { Button, type ButtonProps, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactNode, useState } from "react";

import type { ApiRequest } from "@/api/request";

import { AsRequest } from "./AsRequest";
import { type Outcome, useAct } from "./useAct";
import { ProblemAlert } from "./ProblemAlert";

interface Props<Answer> extends ButtonProps, Outcome<NoInfer<Answer>> {
  request: ApiRequest<Answer>;
  children: ReactNode;
  /** What is shown before it is done: a preview, or a question. Without it the act is done at once. */
  confirm?: {
    title: string;
    content: ReactNode;
    typeName?: string;
    label?: string;
    danger?: boolean;
    /** False while something that the act needs is not said yet. */
    isReady?: boolean;
  };
}

/** A button that does something by the API, shows by which request, and asks first where it must. */
export function Act<Answer>({
  request,
  children,
  done,
  onDone,
  confirm,
  ...button
}: Props<Answer>) {
  const [opened, { open, close }] = useDisclosure(false);
  const [typed, setTyped] = useState("");
  const act = useAct(request, {
    done,
    onDone: (answer) => {
      close();
      setTyped("");
      onDone?.(answer);
    },
  });
  return (
    <Group gap={2} wrap="nowrap">
      <Button
        loading={act.isPending && !opened}
        onClick={() => (confirm ? open() : act.mutate())}
        {...button}
      >
        {children}
      </Button>
      <AsRequest request={request} />
      {confirm && (
        <Modal opened={opened} onClose={close} title={confirm.title} size="lg">
          <Stack>
            {confirm.content}
            {confirm.typeName && (
              <TextInput
                label={
                  <Text span size="sm">
                    Type <b>{confirm.typeName}</b> to go on
                  </Text>
                }
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
              />
            )}
            <ProblemAlert problem={act.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Leave it
              </Button>
              <Button
                color={confirm.danger ? "red" : undefined}
                loading={act.isPending}
                disabled={
                  confirm.isReady === false ||
                  (Boolean(confirm.typeName) && typed !== confirm.typeName)
                }
                onClick={() => act.mutate()}
              >
                {confirm.label ?? children}
              </Button>
            </Group>
          </Stack>
        </Modal>
      )}
    </Group>
  );
}

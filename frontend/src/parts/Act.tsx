import { Button, type ButtonProps, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactNode, useState } from "react";

import { AsRequest } from "./AsRequest";
import { useAct } from "./act";
import { ProblemAlert } from "./ProblemAlert";
import type { ApiRequest } from "./request";

interface Props<T> extends ButtonProps {
  request: ApiRequest;
  /** The request as it is shown, where what is sent has a secret in it. */
  shown?: ApiRequest;
  children: ReactNode;
  done?: string | ((answer: T) => string);
  onDone?: (answer: T) => void;
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
export function Act<T = unknown>({
  request,
  shown = request,
  children,
  done,
  onDone,
  confirm,
  ...button
}: Props<T>) {
  const [opened, { open, close }] = useDisclosure(false);
  const [typed, setTyped] = useState("");
  const act = useAct<T>({
    ...(done === undefined ? {} : { done }),
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
        onClick={() => (confirm ? open() : act.mutate(request))}
        {...button}
      >
        {children}
      </Button>
      <AsRequest request={shown} />
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
                onClick={() => act.mutate(request)}
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

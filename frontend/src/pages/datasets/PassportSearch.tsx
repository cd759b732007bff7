import { Button, Group, Paper, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useMutation } from "@tanstack/react-query";

import type { Schemas } from "@/api/client";
import { sendExactly } from "@/api/exact";
import { act } from "@/api/request";
import { AsRequest } from "@/parts/AsRequest";
import { parametersOf } from "@/parts/datasets";
import { ProblemAlert } from "@/parts/ProblemAlert";

import type { TabProps } from "./DatasetPage";
import { keyFields, keyValues } from "./keyForm";

const HASH = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Finds a row by the fields of its primary key in clear, or by the hash of it. */
export function PassportSearch({
  dataset,
  keyHash,
  onFound,
  onHash,
}: TabProps & {
  keyHash: string | undefined;
  onFound: (passport: Schemas["PassportView"]) => void;
  onHash: (hash: string) => void;
}) {
  const fields = keyFields(dataset);
  const [typed, setTyped] = useState<Record<number, string>>({});
  const [hash, setHash] = useState("");
  const request = act("post", "/v1/datasets/{connectionId}/{stream}/passport", {
    ...parametersOf(dataset),
    body: { key: keyValues(fields, typed), withSource: false },
  });
  const look = useMutation({ mutationFn: () => sendExactly(request), onSuccess: onFound });
  const byKey = (event: FormEvent) => {
    event.preventDefault();
    look.mutate();
  };
  const byHash = (event: FormEvent) => {
    event.preventDefault();
    onHash(hash.trim().toLowerCase());
  };
  return (
    <Paper withBorder p="md">
      <Stack>
        <Group align="flex-end" gap="xl">
          <form onSubmit={byKey}>
            <Group align="flex-end">
              {fields.map((field, place) => (
                <TextInput
                  key={field.label}
                  label={`${field.label}, in clear`}
                  placeholder={field.isBoolean ? "true or false" : ""}
                  required
                  value={typed[place] ?? ""}
                  onChange={(event) => {
                    const text = event.currentTarget.value;
                    setTyped((before) => ({ ...before, [place]: text }));
                  }}
                />
              ))}
              <Button type="submit" loading={look.isPending}>
                Find the row
              </Button>
              <AsRequest request={request} />
            </Group>
          </form>
          <form onSubmit={byHash}>
            <Group align="flex-end">
              <TextInput
                label="or the key's hash"
                placeholder={keyHash ?? "as chart has it in _atlas_key_hash"}
                w={{ base: 250, sm: 320 }}
                value={hash}
                onChange={(event) => setHash(event.currentTarget.value)}
              />
              <Button type="submit" variant="default" disabled={!HASH.test(hash.trim())}>
                Find by hash
              </Button>
            </Group>
          </form>
        </Group>
        <ProblemAlert problem={look.error} />
      </Stack>
    </Paper>
  );
}

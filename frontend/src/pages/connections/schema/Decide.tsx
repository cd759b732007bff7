import { Checkbox, Group, Stack, TagsInput, Text } from "@mantine/core";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";

import { Impact } from "./Impact";

/** A word on a change: adopt it, with what is to be said beyond yes, or reject it. */
export function Decide({ change }: { change: Schemas["SchemaChangeView"] }) {
  const [renamed, setRenamed] = useState<string[]>([]);
  const [key, setKey] = useState<string[]>([]);
  const [backfill, setBackfill] = useState(false);
  const path = { changeId: change.changeId };
  const renames = change.possibleRenames.filter((one) => renamed.includes(idOf(one)));
  const body = {
    renames: renames.map((one) => ({ old: one.old, new: one.new })),
    primaryKey: key.map((field) => field.split(".")),
    backfill,
  };
  return (
    <Group>
      <Act
        request={act("post", "/v1/schema-changes/{changeId}/adopt", { path, body })}
        done="It is read so from the next job on"
        confirm={{
          title: `Adopt the new schema of ${change.stream}`,
          label: "Adopt it",
          ...(change.breaking ? { danger: true, typeName: change.stream } : {}),
          content: (
            <Stack gap="sm">
              <Impact changeId={change.changeId} />
              {change.possibleRenames.length > 0 && (
                <Checkbox.Group
                  label="Fields that only have another name"
                  description="Their column goes on."
                  value={renamed}
                  onChange={setRenamed}
                >
                  <Stack gap={4} mt={4}>
                    {change.possibleRenames.map((one) => (
                      <Checkbox
                        key={idOf(one)}
                        value={idOf(one)}
                        label={`${one.old.join(".")} is ${one.new.join(".")} now`}
                      />
                    ))}
                  </Stack>
                </Checkbox.Group>
              )}
              <TagsInput
                label="Another primary key"
                description="Fields, nested ones as a.b; empty is the one that the source declares. Another key makes chart and history anew with the next job."
                value={key}
                onChange={setKey}
              />
              <Checkbox
                label="Fill rows that are there"
                description="With the values that explore has of new columns."
                checked={backfill}
                onChange={(event) => setBackfill(event.currentTarget.checked)}
              />
            </Stack>
          ),
        }}
      >
        Adopt it
      </Act>
      <Act
        variant="default"
        request={act("post", "/v1/schema-changes/{changeId}/reject", { path })}
        done="The stream is read on as it was"
        confirm={{
          title: `Reject the new schema of ${change.stream}`,
          label: "Reject it",
          content: (
            <Text size="sm">
              The stream is read on as it is configured; explore keeps what else the source sends.
            </Text>
          ),
        }}
      >
        Reject it
      </Act>
    </Group>
  );
}

const idOf = (rename: Schemas["RenameView"]): string => JSON.stringify([rename.old, rename.new]);

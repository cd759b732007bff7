import { Select, SimpleGrid } from "@mantine/core";

import type { Schemas } from "@/api/client";

export interface Policies {
  onEmpty: Schemas["WhenEmpty"];
  onHeld: Schemas["WhenEmpty"];
  onMisfit: Schemas["Misfit"];
  hardDeletes: Schemas["HardDeletes"];
  onUnchanged: Schemas["WhenUnchanged"];
}

export type SchemaUpdates = Schemas["WhenSchemaChanges"];

/** Each choice as what it does. */
const CHOICES: {
  [P in keyof Policies]: { label: string; description: string; data: Record<Policies[P], string> };
} = {
  onMisfit: {
    label: "A value that does not fit its column",
    description: "Where the column's own contract says nothing else.",
    data: { quarantine: "sends its record to quarantine", null: "becomes null" },
  },
  onHeld: {
    label: "Records that a gate holds back",
    description: "What the gates do not let through is not published either way.",
    data: { fail: "fail the job", allow: "let the job succeed" },
  },
  onEmpty: {
    label: "A full refresh that is empty",
    description: "Where the last one had rows.",
    data: { fail: "fails the job", allow: "empties the table" },
  },
  hardDeletes: {
    label: "Keys that a full refresh lacks",
    description: "Of streams that are read whole, with a key.",
    data: { ignore: "stay as they are", invalidate: "end in history" },
  },
  onUnchanged: {
    label: "A full refresh that brings the same",
    description: "All that explore has of it already, byte for byte.",
    data: { record_again: "is recorded again", record_once: "is recorded once" },
  },
};

const UPDATES: Record<SchemaUpdates, string> = {
  ignore: "wait for a word",
  propagate_columns: "are adopted",
  propagate_fully: "are adopted and filled from explore; streams come and go with the source",
  disable_connection: "pause the connection",
};

interface Props {
  policies: Policies;
  updates: SchemaUpdates;
  onPolicies: (patch: Partial<Policies>) => void;
  onUpdates: (updates: SchemaUpdates) => void;
  disabled?: boolean;
}

/** What is done where a source is other than it was. */
export function PolicyFields({ policies, updates, onPolicies, onUpdates, disabled }: Props) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Select
        label="Changes of a schema"
        description="That break nothing; those that do always wait for a word."
        data={Object.entries(UPDATES).map(([value, label]) => ({ value, label }))}
        allowDeselect={false}
        value={updates}
        disabled={disabled ?? false}
        onChange={(value) => value && onUpdates(value as SchemaUpdates)}
      />
      {(Object.keys(CHOICES) as (keyof Policies)[]).map((name) => (
        <Select
          key={name}
          label={CHOICES[name].label}
          description={CHOICES[name].description}
          data={Object.entries(CHOICES[name].data).map(([value, label]) => ({
            value,
            label: label as string,
          }))}
          allowDeselect={false}
          value={policies[name]}
          disabled={disabled ?? false}
          onChange={(value) => value && onPolicies({ [name]: value })}
        />
      ))}
    </SimpleGrid>
  );
}

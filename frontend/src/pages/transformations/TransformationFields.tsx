import { NumberInput, SimpleGrid, Stack, Switch, TagsInput, TextInput } from "@mantine/core";

import { ConnectionFilter } from "@/parts/ConnectionFilter";
import { RecordEditor } from "@/parts/RecordEditor";

import type { Draft } from "./draft";

/** All that is said of a transformation. */
export function TransformationFields({
  draft,
  change,
  problems,
  disabled = false,
}: {
  draft: Draft;
  change: (patch: Partial<Draft>) => void;
  problems: Partial<Record<keyof Draft, string>>;
  disabled?: boolean;
}) {
  return (
    <fieldset disabled={disabled} style={{ border: 0, margin: 0, padding: 0 }}>
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label="Name"
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
          <TextInput
            label="Project"
            description="A folder under ATLAS_DBT_PROJECTS."
            value={draft.project}
            onChange={(event) => change({ project: event.currentTarget.value })}
          />
          <TextInput
            label="Target"
            description="An output of the project's profile; its own where nothing is said."
            value={draft.target}
            onChange={(event) => change({ target: event.currentTarget.value })}
          />
          <ConnectionFilter
            label="After each successful job of"
            placeholder="no connection: when somebody asks"
            w="100%"
            value={draft.afterConnectionId ?? undefined}
            onChange={(afterConnectionId) => change({ afterConnectionId })}
          />
          <TagsInput
            label="Select"
            description="As dbt takes it, such as tag:finale or +revenue; nothing is all."
            value={draft.select}
            disabled={disabled}
            onChange={(select) => change({ select })}
          />
          <TagsInput
            label="Exclude"
            description="As dbt takes it."
            value={draft.exclude}
            disabled={disabled}
            onChange={(exclude) => change({ exclude })}
          />
          <NumberInput
            label="Time limit"
            description="Of a whole run."
            suffix=" s"
            min={1}
            value={draft.timeoutS}
            onChange={(value) => change({ timeoutS: Number(value) || 1 })}
          />
          <NumberInput
            label="Retries"
            description="By Atlas itself, of what time mends alone."
            min={0}
            max={10}
            allowDecimal={false}
            value={draft.retries}
            onChange={(value) => change({ retries: Number(value) || 0 })}
          />
        </SimpleGrid>
        <Switch
          label="A failed test blocks"
          description="Each model is tested before the next is made of it. Without this all is built first, and a failed test is a warning."
          checked={draft.blocksOnFailedTests}
          onChange={(event) => change({ blocksOnFailedTests: event.currentTarget.checked })}
        />
        <Switch
          label="Make the project's page of documentation"
          checked={draft.makesDocs}
          onChange={(event) => change({ makesDocs: event.currentTarget.checked })}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <RecordEditor
            label="Variables of dbt"
            description="A JSON object; no place for secrets, dbt writes them into its artifacts."
            value={draft.vars}
            onChange={(vars) => change({ vars })}
          />
          <RecordEditor
            label="Environment of dbt"
            description="A JSON object; what is named like a secret is locked away and not shown again."
            value={draft.environment}
            onChange={(environment) => change({ environment })}
          />
        </SimpleGrid>
        {Object.values(problems).length > 0 && (
          <span role="status" style={{ fontSize: "var(--mantine-font-size-sm)" }}>
            {Object.values(problems).join(" ")}
          </span>
        )}
      </Stack>
    </fieldset>
  );
}

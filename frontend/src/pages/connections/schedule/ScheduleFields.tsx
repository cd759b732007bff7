import {
  Accordion,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";

import { type ScheduleDraft, type Unit, UNITS } from "./schedule";
import { useConnectionNames } from "./useConnectionNames";

const KINDS = [
  { value: "manual", label: "By hand" },
  { value: "basic", label: "Every so often" },
  { value: "cron", label: "Cron" },
  { value: "after", label: "After another" },
];

interface Props {
  draft: ScheduleDraft;
  onChange: (patch: Partial<ScheduleDraft>) => void;
  own?: string;
  disabled?: boolean;
}

/** When a connection is synced by itself. */
export function ScheduleFields({ draft, onChange, own, disabled = false }: Props) {
  return (
    <Stack gap="sm">
      <SegmentedControl
        aria-label="Kind of schedule"
        data={KINDS}
        value={draft.kind}
        disabled={disabled}
        onChange={(kind) => onChange({ kind: kind as ScheduleDraft["kind"] })}
        w="fit-content"
        maw="100%"
      />
      {draft.kind === "manual" && (
        <Text size="sm" c="dimmed">
          Nothing starts by itself: somebody, or a script, asks for each sync.
        </Text>
      )}
      {draft.kind === "cron" && (
        <TextInput
          label="Cron expression"
          description="Quartz: seconds, minutes, hours, day of month, month, day of week. 0 0 6 * * ? is each day at six."
          value={draft.cron}
          disabled={disabled}
          styles={MONO}
          onChange={(event) => onChange({ cron: event.currentTarget.value })}
        />
      )}
      {draft.kind === "basic" && (
        <Group align="flex-end" gap="xs">
          <NumberInput
            label="Every"
            min={1}
            w={120}
            allowDecimal={false}
            value={draft.every}
            disabled={disabled}
            onChange={(every) => onChange({ every: Number(every) || 1 })}
          />
          <Select
            aria-label="Unit"
            data={[...UNITS]}
            w={140}
            allowDeselect={false}
            value={draft.unit}
            disabled={disabled}
            onChange={(unit) => unit && onChange({ unit: unit as Unit })}
          />
        </Group>
      )}
      {draft.kind === "after" && (
        <After draft={draft} onChange={onChange} disabled={disabled} {...(own ? { own } : {})} />
      )}
      {(draft.kind === "cron" || draft.kind === "basic") && (
        <Select
          label="Time zone"
          description="In which the clock of the schedule runs; summer time is kept."
          searchable
          limit={60}
          data={ZONES}
          allowDeselect={false}
          value={draft.timeZone}
          disabled={disabled}
          onChange={(timeZone) => timeZone && onChange({ timeZone })}
        />
      )}
      {draft.kind !== "manual" && <Missed draft={draft} onChange={onChange} disabled={disabled} />}
    </Stack>
  );
}

const MONO = { input: { fontFamily: "var(--mantine-font-family-monospace)" } };
const ZONES = [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];

function After({ draft, onChange, own, disabled }: Props) {
  const { data } = useConnectionNames();
  return (
    <Select
      label="After this connection has succeeded"
      searchable
      limit={60}
      data={(data ?? [])
        .filter((each) => each.connectionId !== own)
        .map((each) => ({ value: each.connectionId, label: each.name }))}
      value={draft.after}
      disabled={disabled ?? false}
      onChange={(after) => onChange({ after })}
    />
  );
}

function Missed({ draft, onChange, disabled }: Props) {
  return (
    <Accordion variant="contained">
      <Accordion.Item value="missed">
        <Accordion.Control>Windows that were missed, and jitter</Accordion.Control>
        <Accordion.Panel>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <Select
              label="Missed windows"
              data={[
                { value: "collapse", label: "one run stands for all" },
                { value: "catch_up", label: "a run for each" },
              ]}
              allowDeselect={false}
              value={draft.onMissed}
              disabled={disabled ?? false}
              onChange={(value) =>
                value && onChange({ onMissed: value as ScheduleDraft["onMissed"] })
              }
            />
            <NumberInput
              label="At most that many runs"
              min={1}
              max={1000}
              allowDecimal={false}
              value={draft.catchUpLimit}
              disabled={disabled || draft.onMissed !== "catch_up"}
              onChange={(value) => onChange({ catchUpLimit: Number(value) || 1 })}
            />
            <NumberInput
              label="Jitter"
              description="Each connection starts up to that much later, always by the same."
              suffix=" s"
              min={0}
              max={86_400}
              allowDecimal={false}
              value={draft.jitterSeconds}
              disabled={disabled ?? false}
              onChange={(value) => onChange({ jitterSeconds: Number(value) || 0 })}
            />
          </SimpleGrid>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

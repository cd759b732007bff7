import {
  Alert,
  Button,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";

import type { Schemas } from "@/api/client";
import { type Kept, ofVersion } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { useDraft } from "@/parts/draft";
import { Overtaken } from "@/parts/Overtaken";

import {
  bodyOf,
  FIELDS,
  hasReferences,
  type Kind,
  lackOf,
  type Policy,
  SECRETS,
  shownOf,
  type Terms,
  termsOf,
} from "./terms";

interface FieldProps {
  terms: Terms;
  change: (patch: Partial<Terms>) => void;
}

/** What a success must show, and how the destination is asked. */
export function TermsForm({
  connectionId,
  kept,
  mayChange,
}: {
  connectionId: string;
  kept: Kept<Schemas["ConnectionRemoteView"]>;
  mayChange: boolean;
}) {
  const form = useDraft(kept, termsOf);
  const lack = lackOf(form.draft);
  const isElsewhere = hasReferences(kept.value);
  const body = bodyOf(form.draft);
  const fields = { terms: form.draft, change: form.change };
  return (
    <>
      {isElsewhere && (
        <Alert color="yellow" title="Its secrets are kept elsewhere">
          The destination&apos;s secrets are references, which this form cannot bring back: change
          the terms by the API.
        </Alert>
      )}
      <fieldset
        disabled={!mayChange || isElsewhere}
        style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}
      >
        <Stack>
          <PolicyFields {...fields} />
          <ProfileFields {...fields} />
          <FreshnessFields {...fields} />
        </Stack>
      </fieldset>
      {lack && (
        <Text size="sm" role="status">
          {lack}
        </Text>
      )}
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      {mayChange && !isElsewhere && (
        <Group>
          <Act
            disabled={!form.isDirty || Boolean(lack)}
            request={act("put", "/v1/connections/{connectionId}/remote", {
              path: { connectionId },
              header: ofVersion(form.tag),
              body,
              shown: shownOf(body),
            })}
            done="It holds for the jobs that begin from now on"
            onDone={form.saved}
          >
            Keep these terms
          </Act>
        </Group>
      )}
    </>
  );
}

const numberOr = <E,>(typed: string | number, empty: E): number | E =>
  typed === "" ? empty : Number(typed);

function PolicyFields({ terms: { policy }, change }: FieldProps) {
  const set = (patch: Partial<Policy>) => change({ policy: { ...policy, ...patch } });
  // what is undefined is not sent: then there is no such limit
  const least = (name: "minRows" | "minShare", value: number | undefined) =>
    change({ policy: { ...policy, [name]: value } as Policy });
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <NumberInput
          label="At least that many rows"
          placeholder="any number"
          min={0}
          allowDecimal={false}
          value={policy.minRows ?? ""}
          onChange={(value) => least("minRows", numberOr(value, undefined))}
        />
        <NumberInput
          label="At least that share of what is usual"
          description="The median of the last good runs."
          placeholder="any share"
          suffix=" %"
          min={0}
          max={100}
          value={policy.minShare === undefined ? "" : Math.round(policy.minShare * 10_000) / 100}
          onChange={(value) => least("minShare", value === "" ? undefined : Number(value) / 100)}
        />
        <NumberInput
          label="Good runs that are usual"
          min={1}
          max={100}
          allowDecimal={false}
          value={policy.history}
          onChange={(value) => set({ history: Number(value) || 1 })}
        />
        <Select
          label="If a job runs there already"
          data={[
            { value: "attach", label: "it is adopted" },
            { value: "wait", label: "its end is waited for" },
            { value: "fail", label: "the job fails" },
          ]}
          allowDeselect={false}
          value={policy.whenRunning}
          onChange={(value) => value && set({ whenRunning: value as Policy["whenRunning"] })}
        />
        <NumberInput
          label="Jobs that are begun after one that failed"
          min={0}
          max={10}
          allowDecimal={false}
          value={policy.maxRetries}
          onChange={(value) => set({ maxRetries: Number(value) || 0 })}
        />
      </SimpleGrid>
      <Switch
        label="A success is green of which only the remote's word is known"
        checked={policy.allowUnverified}
        onChange={(event) => set({ allowUnverified: event.currentTarget.checked })}
      />
      <Switch
        label="What was not verified is tried again"
        checked={policy.retryUnverified}
        onChange={(event) => set({ retryUnverified: event.currentTarget.checked })}
      />
      <Switch
        label="A deadline ends the remote's job, too"
        checked={policy.cancelOnDeadline}
        onChange={(event) => set({ cancelOnDeadline: event.currentTarget.checked })}
      />
    </>
  );
}

function ProfileFields({ terms, change }: FieldProps) {
  const { kind, profile } = terms;
  const set = (name: string, value: string) => change({ profile: { ...profile, [name]: value } });
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <Select
        label="How the destination is asked"
        description="By an account that may read the tables."
        data={[
          { value: "none", label: "not at all" },
          { value: "postgres", label: "PostgreSQL" },
          { value: "snowflake", label: "Snowflake, by key pair" },
        ]}
        allowDeselect={false}
        value={kind}
        onChange={(value) => value && change({ kind: value as Kind })}
      />
      {kind !== "none" &&
        FIELDS[kind].map(({ name, label, needed }) => {
          const Input = SECRETS.has(name) ? PasswordInput : TextInput;
          return (
            <Input
              key={name}
              label={label}
              required={needed}
              autoComplete="off"
              value={profile[name] ?? ""}
              onChange={(event) => set(name, event.currentTarget.value)}
            />
          );
        })}
    </SimpleGrid>
  );
}

function FreshnessFields({ terms: { policy }, change }: FieldProps) {
  const keep = (freshness: Policy["freshness"]) => change({ policy: { ...policy, freshness } });
  const set = (place: number, patch: Partial<Policy["freshness"][number]>) =>
    keep(policy.freshness.map((one, at) => (at === place ? { ...one, ...patch } : one)));
  return (
    <Stack gap="xs">
      {policy.freshness.map((check, place) => (
        <Group key={place} align="flex-end">
          <TextInput
            label="Table"
            placeholder="RAW.USERS"
            value={check.table}
            onChange={(event) => set(place, { table: event.currentTarget.value })}
          />
          <TextInput
            label="Column of the time"
            value={check.column ?? ""}
            onChange={(event) => set(place, { column: event.currentTarget.value })}
          />
          <NumberInput
            label="Its newest row is at most"
            suffix=" s old"
            min={1}
            value={check.maxAgeS}
            onChange={(value) => set(place, { maxAgeS: Number(value) || 1 })}
          />
          <Button
            variant="default"
            onClick={() => keep(policy.freshness.filter((_, at) => at !== place))}
          >
            Take it away
          </Button>
        </Group>
      ))}
      <Group>
        <Button
          variant="default"
          size="compact-sm"
          onClick={() =>
            keep([
              ...policy.freshness,
              { table: "", column: "_airbyte_extracted_at", maxAgeS: 7_200 },
            ])
          }
        >
          Ask how fresh a table is
        </Button>
      </Group>
    </Stack>
  );
}

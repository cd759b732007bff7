import { Button, Group, SegmentedControl, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";

import { $api, type Schemas } from "@/api/client";
import { act, actAsTyped } from "@/api/request";
import { Act } from "@/parts/Act";
import { datasetTitle } from "@/parts/datasets";
import { objectProblem } from "@/parts/jsonText";
import { RecordEditor } from "@/parts/RecordEditor";
import { useMayOn } from "@/parts/useMayOn";
import { many } from "@/parts/words";

import { fixOf, objectOf } from "./content";
import { isWaivable } from "./counts";
import { misfits } from "./fits";
import { useLook } from "./look";
import { ReplayAct } from "./Replay";

type Detail = Schemas["RecordDetail"];

const OPEN: Schemas["Status"][] = ["kept", "fixed", "dismissed"];

/** What may be done with a record: correct it, bring it back, leave it out, or let its rule be. */
export function RecordActs({
  record,
  onReplay,
}: {
  record: Detail;
  onReplay: (jobId: number) => void;
}) {
  const mayRun = useMayOn("operator", record.connectionId);
  const mayEdit = useMayOn("editor", record.connectionId);
  if (!OPEN.includes(record.status))
    return <Text size="sm">Nothing is left to decide: a later layer has it.</Text>;
  if (!mayRun)
    return <Text size="sm">An operator replays or dismisses it; an editor corrects it.</Text>;
  const canComeBack =
    record.status === "fixed" || (record.status === "kept" && record.boundary === "chart");
  const waivable = record.rules.filter(isWaivable);
  return (
    <Stack gap="xl">
      {mayEdit && <Fix key={record.status} record={record} />}
      <Stack gap="sm">
        <Title order={2} size="h4">
          Bring it back, or leave it out
        </Title>
        <Group align="flex-end">
          {canComeBack ? (
            <ReplayAct
              choice={{ connectionId: record.connectionId, records: [record.recordId] }}
              onStarted={onReplay}
            >
              Replay it
            </ReplayAct>
          ) : (
            <Text size="sm">It comes back only with a correction.</Text>
          )}
          {record.status !== "dismissed" && <Dismiss record={record} />}
        </Group>
        {mayEdit && waivable.length > 0 && (
          <Group>
            {waivable.map((rule) => (
              <Waive key={rule} record={record} rule={rule} />
            ))}
          </Group>
        )}
      </Stack>
    </Stack>
  );
}

function Fix({ record }: { record: Detail }) {
  const look = useLook(record);
  const seen = look.data?.record;
  const isWholeOnly = record.boundary === "explore";
  const [kind, setKind] = useState<"record" | "patch">(isWholeOnly ? "record" : "patch");
  const [typed, setTyped] = useState("");
  const [note, setNote] = useState("");
  const columns = $api.useQuery("get", "/v1/connections/{connectionId}/columns", {
    params: {
      path: { connectionId: record.connectionId },
      query: { stream: record.stream },
    },
  });
  const written = objectOf(typed);
  const ofStream = (columns.data?.data ?? []).filter(
    (column) => (column.namespace ?? "") === (record.namespace ?? ""),
  );
  const warnings =
    written && kind === "record" ? misfits(written, columnsOfMainTable(ofStream)) : [];
  const start = seen?.fixed ?? seen?.text;
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        Correct it
      </Title>
      <Text size="sm">
        The correction waits for the next replay. Explore stays as it was sent.
        {record.times > 1 &&
          ` It holds for all ${many(record.times, "record")} that were sent just so.`}
      </Text>
      {!isWholeOnly && (
        <SegmentedControl
          w="fit-content"
          aria-label="How it is corrected"
          data={[
            { value: "patch", label: "What changes" },
            { value: "record", label: "The whole record" },
          ]}
          value={kind}
          onChange={(value) => {
            setKind(value as "record" | "patch");
            setTyped(value === "record" && start ? start : "");
          }}
        />
      )}
      <RecordEditor
        label={kind === "record" ? "The whole record, corrected" : "Fields that change"}
        description={
          kind === "patch"
            ? 'A JSON merge patch: {"age": 34} sets a field, {"age": null} takes it away.'
            : start
              ? "A JSON object."
              : "A JSON object. An admin may show the record above to begin with it."
        }
        value={typed}
        onChange={setTyped}
        warnings={warnings}
      />
      {kind === "record" && start && !typed && (
        <Button w="fit-content" variant="default" size="compact-sm" onClick={() => setTyped(start)}>
          Begin with the record as it is
        </Button>
      )}
      <TextInput
        label="Note"
        maxLength={2_000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Act
        request={actAsTyped("post", "/v1/quarantine/{recordId}/fix", {
          path: { recordId: record.recordId },
          body: fixOf(kind, typed || "{}", note),
        })}
        disabled={!typed.trim() || objectProblem(typed) !== undefined}
        done={({ records }) => `The correction of ${many(records, "record")} waits for its replay.`}
      >
        Keep the correction
      </Act>
    </Stack>
  );
}

/** Child tables have fields of arrays' items; a record is held against its own table's columns. */
function columnsOfMainTable(columns: Schemas["TableColumnView"][]): Schemas["TableColumnView"][] {
  return columns.filter((column) => column.table === columns[0]?.table);
}

function Dismiss({ record }: { record: Detail }) {
  const [note, setNote] = useState("");
  return (
    <Act
      variant="default"
      request={act("post", "/v1/quarantine/{recordId}/dismiss", {
        path: { recordId: record.recordId },
        body: note.trim() ? { note: note.trim() } : {},
      })}
      done={({ records }) => `${many(records, "record")} left out.`}
      confirm={{
        title: "Leave it out for good",
        label: "Leave it out",
        danger: true,
        content: (
          <Stack gap="sm">
            <Text size="sm">
              {record.times > 1
                ? `All ${many(record.times, "record")} that were sent just so stay in quarantine and in the books, and are not replayed.`
                : "The record stays in quarantine and in the books, and is not replayed."}{" "}
              A correction brings it back.
            </Text>
            <TextInput
              label="Note"
              maxLength={2_000}
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
          </Stack>
        ),
      }}
    >
      Dismiss it
    </Act>
  );
}

function Waive({ record, rule }: { record: Detail; rule: string }) {
  const [kind, column] = rule.split(/:(.*)/s);
  return (
    <Act
      variant="default"
      request={act("post", "/v1/connections/{connectionId}/waivers", {
        path: { connectionId: record.connectionId },
        body: {
          stream: record.stream,
          ...(record.namespace ? { namespace: record.namespace } : {}),
          rule,
        },
      })}
      done={`${rule} is waived from the next job on.`}
      confirm={{
        title: `Waive ${rule}`,
        label: "Waive the rule",
        danger: true,
        typeName: rule,
        content: (
          <Text size="sm">
            Records of {datasetTitle(record)}{" "}
            {kind === "required"
              ? `may then lack a value of ${column}.`
              : `may then have a value of ${column} that does not fit: it becomes null.`}{" "}
            It holds from the next job on; a replay brings in those that were kept out.
          </Text>
        ),
      }}
    >
      Waive {rule}
    </Act>
  );
}

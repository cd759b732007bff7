import { Checkbox, Group, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";

import type { Schemas } from "@/api/client";
import type { More } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { useConnectionName } from "@/parts/ConnectionFilter";
import { type Columns, DataTable } from "@/parts/DataTable";
import { datasetPath, datasetTitle } from "@/parts/datasets";
import { Status } from "@/parts/Status";
import { useMayOn } from "@/parts/useMayOn";
import { count, many } from "@/parts/words";

import { type Choice, ReplayAct } from "./Replay";

type Kept = Schemas["RecordView"];

/** The records by a filter, to be chosen for a replay: of one connection, for its job brings them back. */
export function RecordList({
  rows,
  more,
  connectionId,
  whole,
  onReplay,
}: {
  rows: Kept[];
  more: More;
  connectionId: string | undefined;
  /** All that the page's filter chooses, where a replay can be asked for it. */
  whole: Choice | undefined;
  onReplay: (jobId: number) => void;
}) {
  const mayReplay = useMayOn("operator", connectionId);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const there = useMemo(
    () => rows.filter((row) => chosen.has(row.recordId)).map((row) => row.recordId),
    [rows, chosen],
  );
  const nameOf = useConnectionName();
  const columns = useMemo(
    () => [
      ...(mayReplay ? [choosing(chosen, setChosen)] : []),
      ...columnsOf(connectionId ? undefined : nameOf),
    ],
    [mayReplay, chosen, connectionId, nameOf],
  );
  return (
    <Stack>
      {mayReplay && connectionId ? (
        <Group>
          <ReplayAct
            choice={{ connectionId, records: there }}
            disabled={there.length === 0}
            onStarted={onReplay}
          >
            Replay {there.length ? many(there.length, "chosen record") : "chosen records"}
          </ReplayAct>
          {whole && (
            <ReplayAct choice={whole} variant="default" onStarted={onReplay}>
              Replay all {said(whole)}
            </ReplayAct>
          )}
        </Group>
      ) : (
        !connectionId && (
          <Text size="sm" c="dimmed">
            Choose a connection to replay records: its own job brings them back.
          </Text>
        )
      )}
      <DataTable label="Records in quarantine" rows={rows} columns={columns} more={more} />
    </Stack>
  );
}

function said(choice: Choice): string {
  const of = [
    choice.rule && `that broke ${choice.rule}`,
    choice.stream && `of ${datasetTitle({ stream: choice.stream, namespace: choice.namespace })}`,
  ].filter(Boolean);
  return of.length ? of.join(" ") : "of the connection";
}

function choosing(
  chosen: ReadonlySet<string>,
  setChosen: (chosen: ReadonlySet<string>) => void,
): Columns<Kept>[number] {
  return {
    id: "chosen",
    header: "Choose",
    cell: ({ row: { original: record } }) => (
      <Checkbox
        aria-label={`Choose ${record.recordId}`}
        checked={chosen.has(record.recordId)}
        onChange={() => {
          const after = new Set(chosen);
          if (!after.delete(record.recordId)) after.add(record.recordId);
          setChosen(after);
        }}
      />
    ),
  };
}

function columnsOf(
  nameOf: ((connectionId: string) => string | undefined) | undefined,
): Columns<Kept> {
  return [
    {
      header: "Record",
      cell: ({ row: { original: record } }) => (
        <Anchor size="sm" to={`/quarantine/${record.recordId}`}>
          {record.recordId}
        </Anchor>
      ),
    },
    {
      header: "Stream",
      cell: ({ row: { original: record } }) => (
        <Anchor size="sm" to={datasetPath(record)}>
          {datasetTitle(record)}
        </Anchor>
      ),
    },
    ...(nameOf
      ? [
          {
            header: "Connection",
            cell: ({ row: { original: record } }: { row: { original: Kept } }) => (
              <Anchor size="sm" to={`/connections/${record.connectionId}`}>
                {nameOf(record.connectionId) ?? record.connectionId}
              </Anchor>
            ),
          },
        ]
      : []),
    {
      header: "Rules",
      cell: ({ row: { original: record } }) => record.rules.join(", "),
    },
    {
      header: "Reason",
      cell: ({ row: { original: record } }) => (
        <Text size="sm" lineClamp={2} maw={360}>
          {record.reason}
        </Text>
      ),
    },
    {
      header: "Status",
      cell: ({ row: { original: record } }) => <Status value={record.status} />,
    },
    { header: "Times sent", cell: ({ row: { original: record } }) => count(record.times) },
    {
      header: "Last seen",
      cell: ({ row: { original: record } }) => <At at={record.lastSeenAt} />,
    },
  ];
}

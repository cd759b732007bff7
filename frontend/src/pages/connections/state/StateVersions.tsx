import { Checkbox, Text } from "@mantine/core";
import { useMemo } from "react";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { size, spoken } from "@/parts/words";
import { useMay } from "@/session/session";

import { picked } from "./picked";
import { SetState } from "./SetState";

type Version = Schemas["StateVersionView"] & { isPicked: boolean };
type Connection = Schemas["ConnectionView"];

/** All states that were saved, the newest first: by which job, or by whom and why. */
export function StateVersions({ connection }: { connection: Connection }) {
  const mayChange = useMay("editor", connection.workspaceId);
  const [filters, setFilter] = useFilters("stream", "compare");
  const { connectionId } = connection;
  const { stream, compare } = filters;
  const found = usePaged(["state-versions", connectionId, stream], (window) =>
    answered(
      api.GET("/v1/connections/{connectionId}/state/versions", {
        params: { path: { connectionId }, query: { ...(stream ? { stream } : {}), ...window } },
      }),
    ),
  );
  const columns = useMemo(
    () =>
      columnsOf(connection, mayChange, (version) =>
        setFilter("compare", picked(compare, version).join(",")),
      ),
    [connection, mayChange, setFilter, compare],
  );
  const chosen = picked(compare);
  return (
    <>
      <ChoiceFilter
        label="Stream"
        w={260}
        searchable
        data={[...new Set(connection.configurations.streams.map((one) => one.name))]}
        value={stream}
        onChange={(value) => setFilter("stream", value)}
      />
      <Loaded query={{ data: found.data && found.rows, error: found.error }} lines={6}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No state was ever saved.">
              An incremental sync saves one with each landing.
            </Empty>
          ) : (
            <DataTable
              label="State versions"
              rows={rows.map((row) => ({ ...row, isPicked: chosen.includes(row.version) }))}
              columns={columns}
              height={420}
              more={found.more}
            />
          )
        }
      </Loaded>
    </>
  );
}

function columnsOf(
  connection: Connection,
  mayChange: boolean,
  pick: (version: number) => void,
): Columns<Version> {
  const shown: Columns<Version> = [
    {
      header: "Version",
      cell: ({ row: { original: one } }) => (
        <Checkbox
          label={one.version}
          aria-label={`Compare version ${one.version}`}
          checked={one.isPicked}
          onChange={() => pick(one.version)}
        />
      ),
    },
    { header: "Stream", cell: ({ row }) => row.original.stream ?? "all together" },
    { header: "Saved", cell: ({ row }) => <At at={row.original.savedAt} /> },
    { header: "By", cell: ({ row }) => <By version={row.original} /> },
    { header: "Type", cell: ({ row }) => row.original.stateType },
    {
      header: "Size",
      cell: ({ row: { original: one } }) => (one.isCleared ? "cleared" : size(one.bytes)),
    },
  ];
  if (!mayChange) return shown;
  return [
    ...shown,
    {
      id: "acts",
      header: "Acts",
      cell: ({ row: { original: one } }) => (
        <SetState
          connection={connection}
          wish={{ version: one.version }}
          title={`Go back to version ${one.version}`}
          label="Go back to it"
          size="compact-xs"
        />
      ),
    },
  ];
}

function By({ version: one }: { version: Version }) {
  if (one.jobId) {
    return (
      <Anchor to={`/jobs/${one.jobId}`} size="sm">
        job {one.jobId}
        {one.attempt != null && `, attempt ${one.attempt}`}
      </Anchor>
    );
  }
  return (
    <Text size="sm" component="div">
      {one.askedBy ?? "nobody known"}
      {one.act && `: ${spoken(one.act)}`}
      {one.toVersion != null && ` to version ${one.toVersion}`}
      {one.reason && (
        <Text size="xs" c="dimmed">
          {one.reason}
        </Text>
      )}
    </Text>
  );
}

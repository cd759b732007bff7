import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { allOf } from "@/api/all";
import { $api, answered, api, type Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { type Columns, DataTable } from "@/parts/DataTable";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { Status } from "@/parts/Status";
import { placeOf } from "@/pages/jobs/places";
import { count, spoken } from "@/parts/words";

import { idOf } from "../streams/choice";
import { type Newest, newestBooks, newestVersions } from "./books";

interface Line {
  connectionId: string;
  stream: Schemas["StreamView"];
  newest: Newest | undefined;
  dataset: Schemas["DatasetView"] | undefined;
  version: number | undefined;
}

interface Props {
  connection: Schemas["ConnectionView"];
  jobs: Schemas["JobView"][];
}

export function StreamTable({ connection, jobs }: Props) {
  const { connectionId } = connection;
  const path = { connectionId };
  const versions = $api.useQuery("get", "/v1/connections/{connectionId}/schema-versions", {
    params: { path },
  });
  const datasets = useQuery({
    queryKey: ["datasets", "of", connectionId],
    queryFn: () =>
      allOf<Schemas["DatasetView"]>((window) =>
        answered(api.GET("/v1/datasets", { params: { query: { connectionId, ...window } } })),
      ),
  });
  const rows = useMemo<Line[]>(() => {
    const books = newestBooks(jobs);
    const byVersion = newestVersions(versions.data?.data ?? []);
    const byDataset = new Map(
      datasets.data?.map((one) => [
        idOf({ name: one.stream, namespace: one.namespace ?? null }),
        one,
      ]),
    );
    return connection.configurations.streams.map((stream) => ({
      connectionId,
      stream,
      newest: books.get(idOf(stream)),
      dataset: byDataset.get(idOf(stream)),
      version: byVersion.get(idOf(stream)),
    }));
  }, [connection, connectionId, jobs, versions.data, datasets.data]);
  return (
    <>
      <ProblemAlert problem={versions.error ?? datasets.error} />
      <DataTable label="Streams" rows={rows} columns={COLUMNS} rowHeight={50} height={560} />
    </>
  );
}

const number = (header: string, of: (books: Schemas["StreamBooks"]) => number) => ({
  header,
  cell: ({ row }: { row: { original: Line } }) => {
    const { newest } = row.original;
    return newest ? (
      <Anchor to={`/jobs/${newest.job.jobId}#ledger`} size="sm">
        {count(of(newest.books))}
      </Anchor>
    ) : (
      "–"
    );
  },
});

const COLUMNS: Columns<Line> = [
  {
    header: "Stream",
    cell: ({ row: { original: line } }) => (
      <div>
        <Anchor to={datasetPath(line)} size="sm" fw={600}>
          {line.stream.name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {spoken(line.stream.atlas.syncMode ?? line.stream.syncMode)}
        </Text>
      </div>
    ),
  },
  {
    header: "Last job",
    cell: ({ row: { original: line } }) =>
      line.newest ? (
        <Anchor to={`/jobs/${line.newest.last.jobId}`} size="sm">
          <Status
            value={line.newest.last.status}
            label={`${spoken(line.newest.last.jobType)} ${line.newest.last.status}`}
          />
        </Anchor>
      ) : (
        <Text size="xs" c="dimmed">
          not in the last 30 jobs
        </Text>
      ),
  },
  number("Read", (books) => books.read),
  number("Explored", (books) => books.explored),
  number("Charted", (books) => books.charted),
  {
    header: "Quarantined",
    cell: ({ row: { original: line } }) =>
      line.newest ? (
        <Anchor
          to={placeOf(line.newest.job, line.stream, "quarantined") ?? ""}
          size="sm"
          c={line.newest.books.quarantined > 0 ? "red" : undefined}
        >
          {count(line.newest.books.quarantined)}
        </Anchor>
      ) : (
        "–"
      ),
  },
  number("Held", (books) => books.held),
  {
    header: "Books",
    cell: ({ row: { original: line } }) =>
      line.newest && line.newest.books.read + line.newest.books.rejected > 0 ? (
        <Status
          value={line.newest.books.balanced ? "ok" : "fail"}
          label={line.newest.books.balanced ? "balanced" : "not balanced"}
        />
      ) : (
        "–"
      ),
  },
  {
    header: "Rows in chart",
    cell: ({ row: { original: line } }) =>
      line.dataset?.rows == null ? (
        "–"
      ) : (
        <Anchor to={datasetPath(line)} size="sm">
          {line.dataset.rowsEstimated ? "about " : ""}
          {count(line.dataset.rows)}
        </Anchor>
      ),
  },
  {
    header: "Fresh as of",
    cell: ({ row }) => <At at={row.original.dataset?.freshness.extractedAt} />,
  },
  {
    header: "Schema",
    cell: ({ row: { original: line } }) =>
      line.version === undefined ? (
        "–"
      ) : (
        <Anchor
          to={`/connections/${line.connectionId}/schema`}
          size="sm"
          style={{ whiteSpace: "nowrap" }}
        >
          version {line.version}
        </Anchor>
      ),
  },
];

function datasetPath({ connectionId, stream }: Line): string {
  const namespace = stream.namespace ? `?namespace=${encodeURIComponent(stream.namespace)}` : "";
  return `/datasets/${connectionId}/${encodeURIComponent(stream.name)}${namespace}`;
}

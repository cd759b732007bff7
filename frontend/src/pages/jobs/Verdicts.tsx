import { Text } from "@mantine/core";

import { $api, type Schemas } from "@/api/client";
import { At } from "@/parts/At";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";
import { count } from "@/parts/words";

type Job = Schemas["JobView"];
type Rebuilt = Schemas["RebuiltView"];
type Comparison = Schemas["ComparisonView"];
type Chunk = Schemas["ChunkView"];

/** What a job that compares, or that reads a range, came to beside its books. */
export function Verdicts({ job }: { job: Job }) {
  if (job.jobType === "rebuild") return <Rebuild jobId={job.jobId} />;
  if (job.jobType === "backfill") return <Backfill jobId={job.jobId} />;
  return null;
}

function Rebuild({ jobId }: { jobId: number }) {
  const query = $api.useQuery("get", "/v1/jobs/{jobId}/rebuild", { params: { path: { jobId } } });
  return (
    <section>
      <h2 style={{ fontSize: "1rem" }}>What was made again, and what is published</h2>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <Text size="sm" c="dimmed">
              No stream has been compared yet.
            </Text>
          ) : (
            <DataTable label="Rebuilt streams" rows={data} columns={STREAMS} rowHeight={64} />
          )
        }
      </Loaded>
    </section>
  );
}

function Backfill({ jobId }: { jobId: number }) {
  const query = $api.useQuery("get", "/v1/jobs/{jobId}/backfill", { params: { path: { jobId } } });
  return (
    <section>
      <h2 style={{ fontSize: "1rem" }}>The range, part by part</h2>
      <Loaded query={query}>
        {({ data }) => <DataTable label="Chunks" rows={data} columns={CHUNKS} />}
      </Loaded>
    </section>
  );
}

const STREAMS: Columns<Rebuilt> = [
  { header: "Stream", cell: ({ row }) => row.original.stream },
  {
    header: "Verdict",
    cell: ({ row: { original: one } }) =>
      one.whyNot ? (
        <Status value="warn" label="not made again" />
      ) : one.equal ? (
        <Status value="ok" label="equal, row by row, by hash" />
      ) : (
        <Status value="fail" label="not equal" />
      ),
  },
  { header: "Chart", cell: ({ row: { original: one } }) => !one.whyNot && told(one.chart) },
  { header: "History", cell: ({ row: { original: one } }) => !one.whyNot && told(one.history) },
  {
    header: "More",
    cell: ({ row: { original: one } }) => (
      <Text size="xs" style={{ overflowWrap: "anywhere" }}>
        {one.whyNot ??
          [
            one.swapped && "It took the place of what was published.",
            one.examples.length > 0 && `Such rows: ${one.examples.join(", ")}`,
          ]
            .filter(Boolean)
            .join(" ")}
      </Text>
    ),
  },
];

/** "40 equal, 2 different, 1 published alone": what is none is left out, but for the equal ones. */
export function told({ equal, different, missing, extra }: Comparison): string {
  return [
    `${count(equal)} equal`,
    different > 0 && `${count(different)} different`,
    missing > 0 && `${count(missing)} published alone`,
    extra > 0 && `${count(extra)} made again alone`,
  ]
    .filter(Boolean)
    .join(", ");
}

const CHUNKS: Columns<Chunk> = [
  { header: "Chunk", cell: ({ row }) => row.original.number },
  { header: "From", cell: ({ row }) => row.original.from },
  { header: "To, which is not read", cell: ({ row }) => row.original.to },
  { header: "Reached", cell: ({ row }) => row.original.reached ?? "–" },
  { header: "Explored", cell: ({ row }) => count(row.original.explored) },
  { header: "Out of range", cell: ({ row }) => count(row.original.outOfRange) },
  {
    header: "Read to its end",
    cell: ({ row: { original: one } }) =>
      one.endedAt ? <At at={one.endedAt} /> : one.startedAt ? "not yet" : "not begun",
  },
];

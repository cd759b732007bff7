import { Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import type { More } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Status } from "@/parts/Status";
import { count } from "@/parts/words";

import { runPath, tookOf } from "./results";

type Run = Schemas["TransformationRunView"];

const COLUMNS: Columns<Run> = [
  {
    header: "Run",
    cell: ({ row: { original: run } }) => (
      <Anchor to={runPath(run)} fw={500}>
        {run.transformationRunId}
      </Anchor>
    ),
  },
  {
    header: "Status",
    cell: ({ row: { original: run } }) => (
      <>
        <Status value={run.status} />
        {run.failure && (
          <Text size="xs" c="dimmed">
            {run.failure.title}
          </Text>
        )}
      </>
    ),
  },
  {
    header: "Began",
    cell: ({ row: { original: run } }) => <At at={run.startedAt ?? run.createdAt} />,
  },
  {
    header: "Took",
    cell: ({ row }) => tookOf(row.original),
  },
  {
    header: "Nodes",
    cell: ({ row: { original: run } }) =>
      run.nodesTotal == null ? "–" : `${count(run.nodesDone)} of ${count(run.nodesTotal)}`,
  },
  {
    header: "Because of",
    cell: ({ row: { original: run } }) => {
      if (run.retryOf) {
        return (
          <Anchor to={runPath({ ...run, transformationRunId: run.retryOf })}>
            run {run.retryOf}, tried again
          </Anchor>
        );
      }
      if (run.afterJobId)
        return <Anchor to={`/jobs/${run.afterJobId}`}>job {run.afterJobId}</Anchor>;
      return run.parentRun ? run.parentRun.jobName : run.askedBy;
    },
  },
];

/** Runs of a transformation, the newest first. */
export function RunTable({ runs, more }: { runs: Run[]; more: More }) {
  return <DataTable label="Runs" rows={runs} columns={COLUMNS} rowHeight={52} more={more} />;
}

import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { $api, type Schemas } from "@/api/client";
import { runPath } from "@/pages/transformations/results";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";
import { count, lasting, many, spoken } from "@/parts/words";

import classes from "./RunTree.module.css";
import { isUnderWay } from "./tree";

type Tree = Schemas["JobTreeView"];

/** A job's run tree, asked anew while any of it is under way; where the page is told of what happens, by that. */
export function useRunTree(jobId: number, isLive: boolean) {
  return $api.useQuery(
    "get",
    "/v1/jobs/{jobId}/tree",
    { params: { path: { jobId } } },
    {
      refetchInterval: ({ state }) =>
        isLive || (state.data && !isUnderWay(state.data)) ? false : 3_000,
    },
  );
}

/** What a job is a part of, its attempts, what a remote did, and what followed. */
export function RunTree({ tree }: { tree: { data: Tree | undefined; error: unknown } }) {
  return (
    <Loaded query={tree}>
      {(found) => (
        <ul className={classes.tree} aria-label="Run tree">
          <Above tree={found} />
        </ul>
      )}
    </Loaded>
  );
}

function Above({ tree }: { tree: Tree }) {
  const parent = tree.parentRun;
  if (!parent) return <Job tree={tree} />;
  const own = (
    <Part what={<Run run={parent} />} note="began this job">
      <Job tree={tree} />
    </Part>
  );
  return parent.root ? (
    <Part what={<Run run={parent.root} />} note="the run at the top">
      {own}
    </Part>
  ) : (
    own
  );
}

/** A run of somebody else's, as he calls it. */
function Run({ run }: { run: Schemas["NamedRunView"] }) {
  return (
    <>
      {run.jobName}{" "}
      <Text span size="xs" c="dimmed">
        {run.namespace},{" "}
        <Anchor to={`/lineage?view=events&runId=${run.runId}`} size="xs" ff="monospace">
          {run.runId.slice(0, 8)}
        </Anchor>
      </Text>
    </>
  );
}

function Job({ tree }: { tree: Tree }) {
  return (
    <Part
      what={
        <>
          Job {tree.jobId}, {spoken(tree.jobType)} of{" "}
          <Anchor to={`/connections/${tree.connectionId}`} size="sm">
            {tree.connection}
          </Anchor>
        </>
      }
      status={tree.status}
      span={tree}
    >
      {tree.attempts.map((attempt) => (
        <Part
          key={attempt.number}
          what={
            <Anchor to={`/jobs/${tree.jobId}?tab=log&attempt=${attempt.number}`} size="sm">
              Attempt {attempt.number}
            </Anchor>
          }
          status={attempt.status}
          span={attempt}
          note={attempt.failure}
        >
          {attempt.remoteJobs.map((there, place) => (
            <Part
              key={place}
              what={
                <Anchor to={`/connectors/remotes/${there.remoteId}`} size="sm">
                  {there.jobId === undefined ? "A job elsewhere" : `Job ${there.jobId} elsewhere`}
                </Anchor>
              }
              status={there.status ?? "pending"}
              span={there}
              note={there.verification}
            />
          ))}
        </Part>
      ))}
      {tree.transformationRuns.map((run) => (
        <Part
          key={run.transformationRunId}
          what={
            <Anchor to={runPath(run)} size="sm">
              {run.name}, run {run.transformationRunId}
            </Anchor>
          }
          status={run.status}
          span={run}
          note={noteOf(run)}
        />
      ))}
    </Part>
  );
}

function noteOf(run: Schemas["TreeTransformationRun"]): string {
  const nodes =
    run.nodesTotal === undefined
      ? undefined
      : `${count(run.nodesDone)} of ${many(run.nodesTotal, "node")}`;
  return [
    run.retryOf && `goes on from run ${run.retryOf}`,
    nodes,
    run.failedTests > 0 && `${many(run.failedTests, "test")} failed`,
    run.failedNodes > 0 && `${many(run.failedNodes, "node")} could not be built`,
  ]
    .filter(Boolean)
    .join(", ");
}

function Part({
  what,
  status,
  span,
  note,
  children,
}: {
  what: ReactNode;
  status?: string;
  span?: { startedAt?: string | undefined; endedAt?: string | undefined };
  note?: ReactNode;
  children?: ReactNode;
}) {
  const { startedAt, endedAt } = span ?? {};
  return (
    <li>
      <Group gap="xs">
        <Text size="sm" component="div" data-sentence>
          {what}
        </Text>
        {status && <Status value={status} />}
        {startedAt && (
          <Text size="xs" c="dimmed" component="div">
            {endedAt ? (
              lasting((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)
            ) : (
              <>
                began <At at={startedAt} />
              </>
            )}
          </Text>
        )}
        {note && (
          <Text size="xs" c="dimmed" component="div">
            {note}
          </Text>
        )}
      </Group>
      {children && <ul>{children}</ul>}
    </li>
  );
}

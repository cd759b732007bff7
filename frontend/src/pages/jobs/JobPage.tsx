import { SimpleGrid, Skeleton, Stack, Table, Tabs, Text } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useParams } from "react-router";

import { $api, type Schemas } from "@/api/client";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Figure } from "@/parts/Figure";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { Status } from "@/parts/Status";
import { count, lasting, secondsOf, size, spoken } from "@/parts/words";
import { useMay } from "@/session/session";

import { Events } from "./Events";
import { Failure } from "./Failure";
import { GanttChart } from "./GanttChart";
import { Ledger } from "./Ledger";
import { useLiveJob } from "./live";
import { Log } from "./Log";
import { RemoteJob } from "./RemoteJob";
import { RunTree, useRunTree } from "./RunTree";
import { TransformationResults } from "./TransformationResults";
import { followsStill } from "./tree";

const Throughput = lazy(() => import("./Throughput"));

type Job = Schemas["JobView"];

const OVER: Schemas["JobStatus"][] = ["succeeded", "failed", "cancelled"];

/** One job: live while it runs, and all that became of it. */
export function JobPage() {
  const jobId = Number(useParams().jobId);
  const options = { params: { path: { jobId } } };
  const job = $api.useQuery("get", "/v1/jobs/{jobId}", options);
  const timeline = $api.useQuery("get", "/v1/jobs/{jobId}/timeline", options);
  const isOver = job.data !== undefined && OVER.includes(job.data.status);
  useLiveJob(jobId, isOver || job.isError);
  const tree = useRunTree(jobId);

  const connection = job.data?.atlas.connection ?? job.data?.connectionId ?? "";
  return (
    <Page
      title={`Job ${jobId}`}
      trail={[
        ["Jobs", "/jobs"],
        ...(job.data
          ? [[connection, `/connections/${job.data.connectionId}`] as [string, string]]
          : []),
      ]}
      mark={job.data && <Status value={job.data.status} />}
      acts={job.data && <JobActs job={job.data} tree={tree.data} />}
    >
      <Loaded query={job} lines={6}>
        {(shown) => (
          <Stack gap="lg">
            <Failure job={shown} />
            <Figures job={shown} timeline={timeline.data} />
            <JobTabs job={shown} timeline={timeline} tree={tree} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function JobActs({ job, tree }: { job: Job; tree: Schemas["JobTreeView"] | undefined }) {
  const mayRun = useMay("operator");
  if (!mayRun) return null;
  if (!OVER.includes(job.status)) {
    return (
      <Act
        request={{ method: "delete", path: `/v1/jobs/${job.jobId}` }}
        variant="default"
        done="The job is being cancelled"
        confirm={{
          title: `Cancel job ${job.jobId}?`,
          content: (
            <Text size="sm">
              What has landed stays in explore and is promoted by the next job; the source goes on
              from the last committed state.
              {job.atlas.engine === "airbyte_cloud" && " The remote's job is cancelled with it."}
            </Text>
          ),
          label: "Cancel the job",
        }}
      >
        Cancel
      </Act>
    );
  }
  return (
    <>
      {tree && followsStill(tree) && <CancelFollowing jobId={job.jobId} />}
      {job.jobType === "sync" && (
        <Act
          request={{
            method: "post",
            path: "/v1/jobs",
            body: { connectionId: job.connectionId, jobType: "sync" },
          }}
          done="A sync is started"
        >
          Sync again
        </Act>
      )}
    </>
  );
}

/** The job itself is over: only the runs that follow it can be cancelled. */
function CancelFollowing({ jobId }: { jobId: number }) {
  return (
    <Act
      request={{ method: "delete", path: `/v1/jobs/${jobId}` }}
      variant="default"
      done="What follows the job is being cancelled"
      confirm={{
        title: `Cancel what follows job ${jobId}?`,
        content: (
          <Text size="sm">
            The job has ended; the transformation runs that follow it and are not over are
            cancelled. What they have built stays.
          </Text>
        ),
        label: "Cancel what follows",
      }}
    >
      Cancel what follows
    </Act>
  );
}

function Figures({ job, timeline }: { job: Job; timeline: Schemas["TimelineView"] | undefined }) {
  const seconds = job.duration === undefined ? undefined : secondsOf(job.duration);
  const rows = job.rowsSynced;
  const rate = rows !== undefined && seconds ? rows / seconds : undefined;
  return (
    <SimpleGrid cols={{ base: 2, md: 5 }}>
      <Figure
        label="Type"
        value={spoken(job.jobType)}
        note={
          job.atlas.mode &&
          `records are ${job.atlas.mode === "mock" ? "made up by the mock" : "real"}`
        }
      />
      <Figure
        label={job.status === "running" ? "Running for" : "Took"}
        value={
          seconds !== undefined
            ? lasting(seconds)
            : timeline?.startedAt
              ? lasting((Date.parse(timeline.at) - Date.parse(timeline.startedAt)) / 1000)
              : "–"
        }
        note={
          <>
            started <At at={job.startTime} exact />
          </>
        }
      />
      <Figure
        label={job.atlas.engine === "local" ? "Records landed" : "Records, as the remote says"}
        value={rows === undefined ? "–" : count(rows)}
        note={rate && `${count(Math.round(rate))} a second`}
      />
      <Figure
        label="Size"
        value={job.bytesSynced === undefined ? "–" : size(job.bytesSynced)}
        note={job.atlas.engine === "local" ? "as sent" : "as the remote says"}
      />
      {job.atlas.engine === "local" ? <Books job={job} /> : <Verified job={job} />}
    </SimpleGrid>
  );
}

function Verified({ job }: { job: Job }) {
  const remote = job.atlas.remote;
  return (
    <Figure
      label="Verified"
      value={remote?.verification ?? "–"}
      note={remote?.reasons[0] ?? "by the connection's policy, at the end"}
      color={remote?.verification === "failed" ? "red" : undefined}
    />
  );
}

function Books({ job }: { job: Job }) {
  return (
    <Figure
      label="Books"
      value={
        job.atlas.balanced === undefined
          ? "open"
          : job.atlas.balanced
            ? "balance"
            : "do not balance"
      }
      note={
        job.atlas.attempts > 1 ? (
          `${job.atlas.attempts} attempts`
        ) : job.atlas.dueAt ? (
          <>
            next attempt <At at={job.atlas.dueAt} />
          </>
        ) : (
          "each record is accounted for"
        )
      }
      color={job.atlas.balanced === false ? "red" : undefined}
    />
  );
}

function JobTabs({
  job,
  timeline,
  tree,
}: {
  job: Job;
  timeline: { data: Schemas["TimelineView"] | undefined; error: unknown };
  tree: { data: Schemas["JobTreeView"] | undefined; error: unknown };
}) {
  const runs = tree.data?.transformationRuns ?? [];
  const [{ tab }, setFilter] = useFilters("tab");
  return (
    <Tabs value={tab ?? "run"} onChange={(value) => setFilter("tab", value)} keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="run">Run</Tabs.Tab>
        <Tabs.Tab value="log">Log</Tabs.Tab>
        <Tabs.Tab value="events">Events</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="run">
        <Stack gap="xl">
          <section>
            <h2 style={{ fontSize: "1rem" }}>Run tree</h2>
            <RunTree tree={tree} />
          </section>
          {job.atlas.engine === "local" ? (
            <section>
              <h2 style={{ fontSize: "1rem" }}>Ledger</h2>
              <Ledger job={job} />
            </section>
          ) : (
            <section>
              <h2 style={{ fontSize: "1rem" }}>At the remote</h2>
              <RemoteJob job={job} />
            </section>
          )}
          {runs.length > 0 && (
            <section>
              <h2 style={{ fontSize: "1rem" }}>What dbt made of it</h2>
              <TransformationResults runs={runs} />
            </section>
          )}
          <section>
            <h2 style={{ fontSize: "1rem" }}>When what was done</h2>
            <Loaded query={timeline}>{(shown) => <GanttChart timeline={shown} />}</Loaded>
          </section>
          {timeline.data?.throughput && (
            <section>
              <h2 style={{ fontSize: "1rem" }}>Records and bytes per second</h2>
              <Suspense fallback={<Skeleton height={180} />}>
                <Throughput throughput={timeline.data.throughput} />
              </Suspense>
            </section>
          )}
          {timeline.data && <Attempts attempts={timeline.data.attempts} />}
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="log">
        <Log jobId={job.jobId} attempts={job.atlas.attempts} />
      </Tabs.Panel>
      <Tabs.Panel value="events">
        <Events jobId={job.jobId} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Attempts({ attempts }: { attempts: Schemas["AttemptSpans"][] }) {
  if (attempts.length === 0) return null;
  return (
    <section>
      <h2 style={{ fontSize: "1rem" }}>Attempts</h2>
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Attempt</Table.Th>
              <Table.Th>Status</Table.Th>
              <Table.Th>Started</Table.Th>
              <Table.Th>Worker</Table.Th>
              <Table.Th>Seconds by stage, some at the same time</Table.Th>
              <Table.Th>Lineage run</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {attempts.map((attempt) => (
              <Table.Tr key={attempt.number}>
                <Table.Td>{attempt.number}</Table.Td>
                <Table.Td>
                  <Status value={attempt.status} />
                  {attempt.failure && (
                    <Text size="xs" c="dimmed">
                      {attempt.failure.title}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  <At at={attempt.startedAt} exact />
                </Table.Td>
                <Table.Td>{attempt.host ?? "–"}</Table.Td>
                <Table.Td>
                  <Text size="sm">
                    {Object.entries(attempt.seconds)
                      .filter(([, seconds]) => seconds >= 0.01)
                      .map(([stage, seconds]) => `${stage} ${lasting(seconds)}`)
                      .join(", ") || "–"}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Anchor
                    to={`/lineage?view=events&runId=${attempt.runId}`}
                    size="xs"
                    ff="monospace"
                  >
                    {attempt.runId.slice(0, 8)}
                  </Anchor>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}

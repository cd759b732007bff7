import { Group, Skeleton, Stack, Table, Tabs, Text } from "@mantine/core";
import { lazy, Suspense, useEffect } from "react";
import { useLocation, useParams } from "react-router";

import { $api, type Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { listPath } from "@/parts/datasets";
import { useFilters } from "@/parts/filters";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { Status } from "@/parts/Status";
import { lasting } from "@/parts/words";

import { Events } from "./Events";
import { Failure } from "./Failure";
import { GanttChart } from "./GanttChart";
import { JobActs } from "./JobActs";
import { JobFigures } from "./JobFigures";
import { Ledger } from "./Ledger";
import { useLiveJob } from "./live";
import { Log } from "./Log";
import { RemoteJob } from "./RemoteJob";
import { RunTree, useRunTree } from "./RunTree";
import { TransformationResults } from "./TransformationResults";
import { isSettled } from "./tree";
import { Verdicts } from "./Verdicts";

const Throughput = lazy(() => import("./Throughput"));

type Job = Schemas["JobView"];

/** One job: live while it runs, and all that became of it. */
export function JobPage() {
  const jobId = Number(useParams().jobId);
  return <OneJob key={jobId} jobId={jobId} />;
}

function OneJob({ jobId }: { jobId: number }) {
  const options = { params: { path: { jobId } } };
  const job = $api.useQuery("get", "/v1/jobs/{jobId}", options);
  const timeline = $api.useQuery("get", "/v1/jobs/{jobId}/timeline", options);
  const isLive = useLiveJob(jobId, isSettled(job));
  const tree = useRunTree(jobId, isLive);

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
            <JobFigures job={shown} answeredAt={job.dataUpdatedAt} />
            <JobTabs job={shown} timeline={timeline} tree={tree} />
          </Stack>
        )}
      </Loaded>
    </Page>
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
  const { hash, key } = useLocation();
  useEffect(() => {
    if (hash) document.getElementById(hash.slice(1))?.scrollIntoView();
  }, [hash, key]);
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
            <section id="ledger">
              <h2 style={{ fontSize: "1rem" }}>Ledger</h2>
              <Ledger job={job} />
            </section>
          ) : (
            <section>
              <h2 style={{ fontSize: "1rem" }}>At the remote</h2>
              <RemoteJob job={job} />
            </section>
          )}
          <Verdicts job={job} />
          <LedTo job={job} />
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
          {timeline.data && <Attempts jobId={job.jobId} attempts={timeline.data.attempts} />}
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="log">
        <Log job={job} />
      </Tabs.Panel>
      <Tabs.Panel value="events">
        <Events jobId={job.jobId} />
      </Tabs.Panel>
    </Tabs>
  );
}

/** Where the rest of what came of the job is. */
function LedTo({ job }: { job: Job }) {
  const { connectionId, jobId } = job;
  const of = { connectionId, jobId: String(jobId) };
  return (
    <section>
      <h2 style={{ fontSize: "1rem" }}>What it led to</h2>
      <Group gap="lg">
        {job.atlas.engine === "local" && (
          <>
            <Anchor to={listPath("/quality", { view: "checks", ...of })}>Its quality checks</Anchor>
            <Anchor to={listPath("/quarantine", of)}>What it left in quarantine</Anchor>
            <Anchor to={listPath("/personal-data", { connectionId })}>
              Decisions about personal data of its connection
            </Anchor>
          </>
        )}
        <Anchor to={listPath("/lineage", { view: "events", ...of })}>Its lineage events</Anchor>
      </Group>
    </section>
  );
}

function Attempts({ jobId, attempts }: { jobId: number; attempts: Schemas["AttemptSpans"][] }) {
  if (attempts.length === 0) return null;
  return (
    <section>
      <h2 style={{ fontSize: "1rem" }}>Attempts</h2>
      <ListTable
        label="Attempts"
        minWidth={640}
        heads={[
          "Attempt",
          "Status",
          "Started",
          "Worker",
          "Seconds by stage, some at the same time",
          "Lineage run",
        ]}
      >
        {attempts.map((attempt) => (
          <Table.Tr key={attempt.number}>
            <Table.Td>
              <Anchor
                to={listPath(`/jobs/${jobId}`, { tab: "log", attempt: String(attempt.number) })}
                aria-label={`Log of attempt ${attempt.number}`}
              >
                {attempt.number}
              </Anchor>
            </Table.Td>
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
              <Anchor to={`/lineage?view=events&runId=${attempt.runId}`} size="xs" ff="monospace">
                {attempt.runId.slice(0, 8)}
              </Anchor>
            </Table.Td>
          </Table.Tr>
        ))}
      </ListTable>
    </section>
  );
}

import {
  Alert,
  Anchor as PlainAnchor,
  Group,
  List,
  Progress,
  SimpleGrid,
  Stack,
  Tabs,
  Text,
} from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useNavigate, useParams } from "react-router";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Empty } from "@/parts/Empty";
import { Facts } from "@/parts/Facts";
import { Figure } from "@/parts/Figure";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { Status } from "@/parts/Status";
import { count, many, size, spoken } from "@/parts/words";
import { useMay } from "@/session/session";

import { NodeTable } from "./NodeTable";
import { OVER, runPath, tallyOf, tookOf } from "./results";
import { RunLog } from "./RunLog";

type Run = Schemas["RunResultView"];

/** One run of a transformation: how far it is, what became of each model and test, and what dbt said. */
export function RunPage() {
  const params = useParams();
  const transformationRunId = Number(params.runId);
  const query = $api.useQuery(
    "get",
    "/v1/transformation-runs/{transformationRunId}",
    { params: { path: { transformationRunId } } },
    {
      refetchInterval: ({ state }) =>
        state.data && OVER.includes(state.data.status) ? false : 2_000,
    },
  );
  const run = query.data;
  return (
    <Page
      title={`Run ${params.runId ?? ""}`}
      trail={[
        ["Transformations", "/transformations"],
        [run?.name ?? "Transformation", `/transformations/${params.transformationId ?? ""}`],
      ]}
      mark={run && <Status value={run.status} />}
      acts={run && <RunActs run={run} />}
    >
      <Loaded query={query} lines={8}>
        {(found) => (
          <Stack gap="lg">
            <Trouble run={found} />
            <Figures run={found} />
            <About run={found} />
            <RunTabs run={found} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function RunActs({ run }: { run: Run }) {
  const transformation = $api.useQuery("get", "/v1/transformations/{transformationId}", {
    params: { path: { transformationId: run.transformationId } },
  });
  const mayRun = useMay("operator", transformation.data?.workspaceId);
  const navigate = useNavigate();
  if (!mayRun) return null;
  const path = { transformationRunId: run.transformationRunId };
  if (!OVER.includes(run.status)) {
    return (
      <Act
        variant="default"
        request={act("delete", "/v1/transformation-runs/{transformationRunId}", { path })}
        done="The run is being cancelled"
        confirm={{
          title: `Cancel run ${run.transformationRunId}?`,
          label: "Cancel the run",
          content: (
            <Text size="sm">
              dbt is asked to take its queries back, and ended with all that it has started. What is
              built stays.
            </Text>
          ),
        }}
      >
        Cancel
      </Act>
    );
  }
  if (run.status !== "failed") return null;
  return (
    <Act
      request={act("post", "/v1/transformation-runs/{transformationRunId}/retry", { path })}
      done={(made) => `Run ${made.transformationRunId} goes on from there`}
      onDone={(made) => void navigate(runPath(made))}
    >
      Retry from where it failed
    </Act>
  );
}

function Trouble({ run }: { run: Run }) {
  return (
    <>
      {run.failure && (
        <Alert
          color={run.status === "cancelled" ? "gray" : "red"}
          icon={<IconAlertTriangle aria-hidden />}
          title={run.failure.title ?? "The run failed"}
        >
          {run.failure.detail}
        </Alert>
      )}
      {run.warnings.length > 0 && (
        <Alert
          color="yellow"
          icon={<IconAlertTriangle aria-hidden />}
          title={`${many(run.warnings.length, "test")} found something, and did not block`}
        >
          <List size="sm">
            {run.warnings.map((name) => (
              <List.Item key={name}>{name}</List.Item>
            ))}
          </List>
        </Alert>
      )}
    </>
  );
}

/** What a run that is not over does now. */
function doingOf(run: Run): string {
  if (run.step) return `dbt ${run.step}`;
  return run.status === "running" ? "dbt begins" : "Waits for a worker";
}

function Figures({ run }: { run: Run }) {
  const tally = tallyOf(run.nodes);
  const isOver = OVER.includes(run.status);
  const share = run.nodesTotal ? (run.nodesDone / run.nodesTotal) * 100 : 0;
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <Figure
        label={isOver ? "Nodes" : doingOf(run)}
        value={`${count(run.nodesDone)} of ${run.nodesTotal == null ? "?" : count(run.nodesTotal)}`}
        note={
          !isOver && (
            <Progress value={share} aria-label="How far it is" component="div" size="sm" mt={4} />
          )
        }
      />
      <Figure
        label="Built"
        value={isOver ? count(tally.built) : "–"}
        note={
          tally.failedNodes || tally.skipped
            ? `${count(tally.failedNodes)} could not be, ${count(tally.skipped)} skipped`
            : undefined
        }
        color={tally.failedNodes ? "red" : undefined}
      />
      <Figure
        label="Failed tests"
        value={isOver ? count(tally.failedTests) : "–"}
        note={`${count(tally.passed)} passed`}
        color={tally.failedTests ? "red" : undefined}
      />
      <Figure
        label="Took"
        value={tookOf(run)}
        note={
          run.startedAt ? (
            <>
              started <At at={run.startedAt} exact />
            </>
          ) : (
            "has not begun"
          )
        }
      />
    </SimpleGrid>
  );
}

function About({ run }: { run: Run }) {
  const path = `/v1/transformation-runs/${run.transformationRunId}/artifacts`;
  return (
    <Facts
      facts={[
        ["Asked by", run.askedBy],
        [
          "Follows",
          run.afterJobId && <Anchor to={`/jobs/${run.afterJobId}`}>job {run.afterJobId}</Anchor>,
        ],
        [
          "Goes on from",
          run.retryOf && (
            <Anchor to={runPath({ ...run, transformationRunId: run.retryOf })}>
              run {run.retryOf}
            </Anchor>
          ),
        ],
        ["Part of", run.parentRun && `${run.parentRun.jobName} (${run.parentRun.namespace})`],
        [
          "Lineage run",
          <Anchor key="lineage" to={`/lineage?view=events&runId=${run.runId}`} ff="monospace">
            {run.runId.slice(0, 8)}
          </Anchor>,
        ],
        ["dbt", run.dbtVersion],
        ["Worker", run.host],
        ["Next try", run.dueAt && <At at={run.dueAt} />],
        [
          "Artifacts",
          run.artifacts.length > 0 && (
            <Group gap="sm">
              {run.artifacts.map(({ name, bytes }) => (
                <PlainAnchor
                  key={name}
                  href={`${path}/${name}`}
                  target="_blank"
                  rel="noreferrer"
                  size="sm"
                >
                  {spoken(name)} ({size(bytes)})
                </PlainAnchor>
              ))}
            </Group>
          ),
        ],
      ]}
    />
  );
}

function RunTabs({ run }: { run: Run }) {
  const [{ tab }, setFilter] = useFilters("tab");
  const isOver = OVER.includes(run.status);
  return (
    <Tabs value={tab ?? "results"} onChange={(to) => setFilter("tab", to)} keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="results">Results</Tabs.Tab>
        <Tabs.Tab value="log">Log</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="results">
        {isOver ? (
          <NodeTable nodes={run.nodes} />
        ) : (
          <Empty title="The run is not over">What became of each node is known at its end.</Empty>
        )}
      </Tabs.Panel>
      <Tabs.Panel value="log">
        <RunLog runId={run.transformationRunId} isOver={isOver} />
      </Tabs.Panel>
    </Tabs>
  );
}

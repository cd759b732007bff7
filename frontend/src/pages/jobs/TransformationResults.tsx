import { Accordion, Group, Text } from "@mantine/core";

import { $api, type Schemas } from "@/api/client";
import { NodeTable } from "@/pages/transformations/NodeTable";
import { OVER, runPath } from "@/pages/transformations/results";
import { Anchor } from "@/parts/Anchor";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";

type Run = Schemas["TreeTransformationRun"];

/** dbt's results of each run that followed a job; those of what failed are open. */
export function TransformationResults({ runs }: { runs: Run[] }) {
  const failed = runs.filter(({ status }) => status === "failed");
  return (
    <Accordion
      multiple
      variant="contained"
      keepMounted={false}
      defaultValue={failed.map((run) => String(run.transformationRunId))}
    >
      {runs.map((run) => (
        <Accordion.Item key={run.transformationRunId} value={String(run.transformationRunId)}>
          <Accordion.Control>
            <Group gap="xs">
              <Text size="sm" fw={600}>
                {run.name}, run {run.transformationRunId}
              </Text>
              <Status value={run.status} />
            </Group>
          </Accordion.Control>
          <Accordion.Panel>
            <Results run={run} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function Results({ run }: { run: Run }) {
  const { transformationRunId } = run;
  const isOver = OVER.includes(run.status);
  const query = $api.useQuery(
    "get",
    "/v1/transformation-runs/{transformationRunId}",
    { params: { path: { transformationRunId } } },
    { enabled: isOver },
  );
  const page = (
    <Text size="sm" mb="xs" data-sentence>
      <Anchor to={runPath(run)}>Its page</Anchor> has the log and the artifacts.
    </Text>
  );
  if (!isOver) return page;
  return (
    <>
      {page}
      <Loaded query={query}>{({ nodes }) => <NodeTable nodes={nodes} height={360} />}</Loaded>
    </>
  );
}

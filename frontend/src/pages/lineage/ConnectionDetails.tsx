import { Button, Group, Stack, Title } from "@mantine/core";

import { Anchor } from "@/parts/Anchor";
import { Facts } from "@/parts/Facts";
import { many } from "@/parts/words";

import { heldBy } from "./byConnection";
import type { Graph, Node } from "./graph";

/** A connection of the graph: where its page and newest job are, and the jobs and tables it stands for. */
export function ConnectionDetails({
  node,
  graph,
  onNode,
}: {
  node: Node;
  graph: Graph;
  onNode: (id: string) => void;
}) {
  const held = heldBy(graph, node.connectionId ?? "");
  return (
    <Stack>
      <Facts
        cols={{ base: 1, xs: 2 }}
        facts={[
          ["Kind", "connection"],
          ["Connection", <ConnectionLink key="connection" node={node} />],
          ["Newest job", <JobLink key="job" node={node} />],
        ]}
      />
      <Held title={many(held.jobs.length, "job")} nodes={held.jobs} onNode={onNode} />
      <Held title={many(held.datasets.length, "dataset")} nodes={held.datasets} onNode={onNode} />
    </Stack>
  );
}

function Held({
  title,
  nodes,
  onNode,
}: {
  title: string;
  nodes: Node[];
  onNode: (id: string) => void;
}) {
  if (nodes.length === 0) return null;
  return (
    <Stack gap={4}>
      <Title order={3} size="h5">
        {title}
      </Title>
      <Group gap="xs">
        {nodes.map((one) => (
          <Button key={one.id} size="compact-xs" variant="default" onClick={() => onNode(one.id)}>
            {one.name}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

/** Nothing of what no connection of Atlas's ran. */
export function ConnectionLink({ node }: { node: Node }) {
  if (node.connectionId === undefined) return null;
  return (
    <Anchor size="sm" to={`/connections/${node.connectionId}`}>
      {node.connection}
    </Anchor>
  );
}

export function JobLink({ node }: { node: Node }) {
  if (node.jobId === undefined) return null;
  return (
    <Anchor size="sm" to={`/jobs/${node.jobId}`}>
      Job {node.jobId}
    </Anchor>
  );
}

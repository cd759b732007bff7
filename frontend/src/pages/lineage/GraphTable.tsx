import { Stack, Table, Title, UnstyledButton } from "@mantine/core";

import { At } from "@/parts/At";
import { ListTable } from "@/parts/ListTable";
import { count } from "@/parts/words";

import { edgeId, type Graph, layerName } from "./graph";

/** The same graph as two tables: what there is, and what moves between. */
export function GraphTable({
  graph,
  onNode,
  onEdge,
}: {
  graph: Graph;
  onNode: (id: string) => void;
  onEdge: (id: string) => void;
}) {
  const nameOf = new Map(graph.nodes.map((node) => [node.id, node.name]));
  return (
    <Stack gap="lg">
      <Title order={2} size="h4">
        Datasets and jobs
      </Title>
      <ListTable
        label="Datasets and jobs"
        minWidth={720}
        maxHeight={420}
        heads={["Name", "Kind", "Namespace", "Steps away"]}
        withTableBorder
        stickyHeader
        fz="sm"
      >
        {graph.nodes.map((node) => (
          <Table.Tr key={node.id}>
            <Table.Td>
              <UnstyledButton fz="sm" td="underline" onClick={() => onNode(node.id)}>
                {node.name}
              </UnstyledButton>
            </Table.Td>
            <Table.Td>{layerName(node)}</Table.Td>
            <Table.Td>{node.namespace}</Table.Td>
            <Table.Td>{node.distance}</Table.Td>
          </Table.Tr>
        ))}
      </ListTable>
      <Title order={2} size="h4">
        What moves between
      </Title>
      <ListTable
        label="What moves between"
        minWidth={720}
        maxHeight={420}
        heads={["From", "Kind", "To", "Runs", "Rows, last time", "Columns", "Masked", "Last"]}
        withTableBorder
        stickyHeader
        fz="sm"
      >
        {graph.edges.map((edge) => (
          <Table.Tr key={`${edge.kind} ${edgeId(edge)}`}>
            <Table.Td>{nameOf.get(edge.source) ?? edge.source}</Table.Td>
            <Table.Td>
              <UnstyledButton fz="sm" td="underline" onClick={() => onEdge(edgeId(edge))}>
                {edge.kind}
              </UnstyledButton>
            </Table.Td>
            <Table.Td>{nameOf.get(edge.target) ?? edge.target}</Table.Td>
            <Table.Td>{count(edge.runs)}</Table.Td>
            <Table.Td>{edge.rows === undefined ? "–" : count(edge.rows)}</Table.Td>
            <Table.Td>{edge.columns === undefined ? "–" : count(edge.columns)}</Table.Td>
            <Table.Td>
              {edge.maskedColumns === undefined ? "–" : count(edge.maskedColumns)}
            </Table.Td>
            <Table.Td>
              <At at={edge.lastAt} />
            </Table.Td>
          </Table.Tr>
        ))}
      </ListTable>
    </Stack>
  );
}

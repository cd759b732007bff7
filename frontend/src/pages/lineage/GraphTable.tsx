import { Stack, Table, Title, UnstyledButton } from "@mantine/core";

import { At } from "@/parts/At";
import { Scrolled } from "@/parts/Scrolled";
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
      <Scrolling label="Datasets and jobs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Kind</Table.Th>
            <Table.Th>Namespace</Table.Th>
            <Table.Th>Steps away</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
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
        </Table.Tbody>
      </Scrolling>
      <Title order={2} size="h4">
        What moves between
      </Title>
      <Scrolling label="What moves between">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>From</Table.Th>
            <Table.Th>Kind</Table.Th>
            <Table.Th>To</Table.Th>
            <Table.Th>Runs</Table.Th>
            <Table.Th>Rows, last time</Table.Th>
            <Table.Th>Columns</Table.Th>
            <Table.Th>Masked</Table.Th>
            <Table.Th>Last</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
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
        </Table.Tbody>
      </Scrolling>
    </Stack>
  );
}

function Scrolling({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <Scrolled label={label} minWidth={720} maxHeight={420}>
      <Table withTableBorder stickyHeader fz="sm">
        {children}
      </Table>
    </Scrolled>
  );
}

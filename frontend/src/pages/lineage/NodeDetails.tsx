import { Button, Group, Stack, Table, Text, Title, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { $api, answered, api } from "@/api/client";
import { everything } from "@/api/everything";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { type DatasetName, datasetPath, datasetTitle, listPath } from "@/parts/datasets";
import { Facts } from "@/parts/Facts";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { MaskSign } from "@/parts/ValuesTable";
import { count } from "@/parts/words";

import { columnsToldOf, type ToldColumn } from "./columnsOf";
import { ConnectionLink, JobLink } from "./ConnectionDetails";
import { datasetOf, type Edge, type Graph, layerName, type Node } from "./graph";

/** A dataset or a job of the graph: what it is, what moves in and out, and its columns with their origins. */
export function NodeDetails({
  node,
  graph,
  column,
  onFocus,
  onNode,
  onColumn,
}: {
  node: Node;
  graph: Graph;
  /** The column that is looked for. */
  column: string | undefined;
  onFocus: (id: string) => void;
  onNode: (id: string) => void;
  onColumn: (id: string, column: string) => void;
}) {
  const datasets = useQuery({
    queryKey: ["every dataset"],
    queryFn: () => everything((query) => answered(api.GET("/v1/datasets", { params: { query } }))),
    staleTime: 60_000,
    enabled: node.type === "dataset",
  });
  const dataset = datasetOf(node, datasets.data?.rows ?? []);
  const { namespace, name } = node;
  return (
    <Stack>
      <Facts
        cols={{ base: 1, xs: 2 }}
        facts={[
          ["Kind", layerName(node)],
          ["Namespace", namespace],
          ["Name", name],
          [
            "Dataset",
            dataset && (
              <Anchor size="sm" to={datasetPath(dataset)}>
                {datasetTitle(dataset)}
              </Anchor>
            ),
          ],
          ["Connection", node.connectionId && <ConnectionLink key="connection" node={node} />],
          ["Newest job", node.jobId && <JobLink key="job" node={node} />],
        ]}
      />
      <Group>
        {node.type === "dataset" && (
          <>
            <Button size="compact-sm" variant="default" onClick={() => onFocus(node.id)}>
              Begin the graph here
            </Button>
            <Anchor
              size="sm"
              to={listPath("/lineage", { view: "events", dataset: name, namespace })}
            >
              Its events
            </Anchor>
          </>
        )}
      </Group>
      <Moves
        title="Comes from"
        edges={graph.edges.filter((edge) => edge.target === node.id)}
        other={(edge) => edge.source}
        graph={graph}
        onNode={onNode}
      />
      <Moves
        title="Goes to"
        edges={graph.edges.filter((edge) => edge.source === node.id)}
        other={(edge) => edge.target}
        graph={graph}
        onNode={onNode}
      />
      {node.type === "dataset" && (
        <ToldColumns node={node} dataset={dataset} column={column} onColumn={onColumn} />
      )}
    </Stack>
  );
}

function Moves({
  title,
  edges,
  other,
  graph,
  onNode,
}: {
  title: string;
  edges: Edge[];
  other: (edge: Edge) => string;
  graph: Graph;
  onNode: (id: string) => void;
}) {
  if (edges.length === 0) return null;
  return (
    <Stack gap={4}>
      <Title order={3} size="h5">
        {title}
      </Title>
      {edges.map((edge) => {
        const node = graph.nodes.find((one) => one.id === other(edge));
        if (!node) return null;
        return (
          <Group key={`${edge.kind} ${other(edge)}`} gap="xs">
            <Button size="compact-xs" variant="default" onClick={() => onNode(node.id)}>
              {node.name}
            </Button>
            <Text size="xs" c="dimmed">
              {edge.kind}
              {edge.rows !== undefined && `, ${count(edge.rows)} rows the last time`}
            </Text>
          </Group>
        );
      })}
    </Stack>
  );
}

interface ColumnProps {
  /** None of what is no table of Atlas's. */
  dataset: DatasetName | undefined;
  column: string | undefined;
  onColumn: (id: string, column: string) => void;
}

/** By the newest run that ended and named the dataset. */
function ToldColumns({ node: { namespace, name }, ...shared }: { node: Node } & ColumnProps) {
  const newest = $api.useQuery("get", "/v1/lineage/events", {
    params: { query: { dataset: name, namespace, eventType: "COMPLETE", limit: 1 } },
  });
  const event = newest.data?.data[0];
  const text = useQuery({
    queryKey: ["lineage event", event?.eventId],
    queryFn: () => eventText(event?.eventId ?? 0),
    enabled: event !== undefined,
    staleTime: Infinity,
  });
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        Columns
      </Title>
      <Loaded query={newest} lines={3}>
        {() =>
          event === undefined ? (
            <Text size="sm">No run that completed has told of its columns.</Text>
          ) : (
            <Loaded query={text} lines={6}>
              {(told) => (
                <>
                  <Text size="xs" c="dimmed">
                    As told by{" "}
                    <Anchor
                      size="xs"
                      to={listPath("/lineage", { view: "events", event: String(event.eventId) })}
                    >
                      event {event.eventId}
                    </Anchor>
                    , <At at={event.createdAt} />
                  </Text>
                  <ColumnTable columns={columnsToldOf(told, namespace, name) ?? []} {...shared} />
                </>
              )}
            </Loaded>
          )
        }
      </Loaded>
    </Stack>
  );
}

function ColumnTable({
  columns,
  dataset,
  column: wanted,
  onColumn,
}: { columns: ToldColumn[] } & ColumnProps) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    // some browsers answer with a promise, which is no way to end an effect
    row.current?.scrollIntoView({ block: "nearest" });
  }, [wanted]);
  if (columns.length === 0) return <Text size="sm">The event names no columns of it.</Text>;
  return (
    <ListTable
      label="Columns and where they come from"
      minWidth={420}
      heads={["Column", "Type", "Comes from"]}
      fz="sm"
      withTableBorder
    >
      {columns.map((column) => (
        <Table.Tr
          key={column.name}
          ref={column.name === wanted ? row : undefined}
          aria-current={column.name === wanted || undefined}
          bg={column.name === wanted ? "var(--mantine-primary-color-light)" : undefined}
        >
          <Table.Td>
            {dataset ? (
              <Anchor size="sm" to={datasetPath(dataset, "columns", { column: column.name })}>
                {column.name}
              </Anchor>
            ) : (
              column.name
            )}{" "}
            {column.from.some((origin) => origin.isMasked) && <MaskSign />}
          </Table.Td>
          <Table.Td>{column.type ?? "–"}</Table.Td>
          <Table.Td>
            {column.from.length === 0
              ? "–"
              : column.from.map((origin) => (
                  <Text key={`${origin.dataset} ${origin.field}`} size="xs" title={origin.dataset}>
                    <UnstyledButton
                      fz="xs"
                      td="underline"
                      c="var(--mantine-color-anchor)"
                      onClick={() => onColumn(origin.id, origin.field)}
                    >
                      {origin.dataset.split(".").at(-1)}.{origin.field}
                    </UnstyledButton>
                    {origin.description && `, ${origin.description}`}
                  </Text>
                ))}
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

/** An event as it was recorded: as text, so that nothing of it is changed. */
export const eventText = (eventId: number): Promise<string> =>
  answered(
    api.GET("/v1/lineage/events/{eventId}", { params: { path: { eventId } }, parseAs: "text" }),
  );

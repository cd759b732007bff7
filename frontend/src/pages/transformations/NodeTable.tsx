import { Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { allOf } from "@/api/all";
import { answered, api, type Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import { type Columns, DataTable } from "@/parts/DataTable";
import { datasetPath } from "@/parts/datasets";
import { Empty } from "@/parts/Empty";
import { Status } from "@/parts/Status";
import { TextFilter } from "@/parts/TextFilter";
import { count, lasting, many, spoken } from "@/parts/words";

import { datasetOf, type NodeFilter, nodesLike } from "./results";

type Node = Schemas["TransformationNodeView"];

/** What became of each model and test of a run. */
export function NodeTable({ nodes, height }: { nodes: Node[]; height?: number }) {
  const [filter, setFilter] = useState<NodeFilter>({});
  const datasets = useQuery({
    queryKey: ["every dataset"],
    staleTime: 60_000,
    queryFn: () =>
      allOf<Schemas["DatasetView"]>((window) =>
        answered(api.GET("/v1/datasets", { params: { query: window } })),
      ),
  });
  const columns = useMemo(() => columnsOf(datasets.data ?? []), [datasets.data]);
  const set = (patch: NodeFilter) => setFilter((before) => ({ ...before, ...patch }));
  const shown = nodesLike(nodes, filter);
  return (
    <Stack gap="xs">
      <Group align="flex-end">
        <TextFilter
          label="Name has"
          value={filter.name}
          onChange={(name) => set({ name: name || undefined })}
        />
        <ChoiceFilter
          label="Kind"
          data={[...new Set(nodes.map((node) => node.kind))]}
          value={filter.kind}
          onChange={(kind) => set({ kind: kind ?? undefined })}
        />
        <ChoiceFilter
          label="Result"
          data={[...new Set(nodes.map((node) => node.status))]}
          value={filter.status}
          onChange={(status) => set({ status: status ?? undefined })}
        />
        <Text size="sm" c="dimmed" mb={8} role="status">
          {many(shown.length, "node")}
        </Text>
      </Group>
      {shown.length ? (
        <DataTable
          label="Models and tests"
          rows={shown}
          columns={columns}
          {...(height === undefined ? {} : { height })}
        />
      ) : (
        <Empty title={nodes.length ? "No node is like this" : "There are no results"} />
      )}
    </Stack>
  );
}

function columnsOf(datasets: Schemas["DatasetView"][]): Columns<Node> {
  return [
    { header: "Result", cell: ({ row }) => <Status value={row.original.status} /> },
    { header: "Kind", cell: ({ row }) => spoken(row.original.kind) },
    {
      header: "Name",
      cell: ({ row: { original: node } }) => (
        <Text size="sm" fw={500} title={node.uniqueId}>
          {node.name}
        </Text>
      ),
    },
    {
      header: "Message",
      cell: ({ row: { original: node } }) => (
        <Text size="sm" maw={420} style={{ overflowWrap: "anywhere" }}>
          {node.failures ? `${many(node.failures, "failure")}. ` : ""}
          {node.message ?? (node.failures ? "" : "–")}
        </Text>
      ),
    },
    { header: "Seconds", cell: ({ row }) => lasting(row.original.seconds) },
    {
      header: "Rows",
      cell: ({ row: { original: node } }) => (node.rows == null ? "–" : count(node.rows)),
    },
    {
      header: "Table",
      cell: ({ row: { original: node } }) => {
        const dataset = datasetOf(node.relation, datasets);
        if (!node.relation) return "–";
        const name = <code>{node.relation}</code>;
        return dataset ? <Anchor to={datasetPath(dataset)}>{name}</Anchor> : name;
      },
    },
  ];
}

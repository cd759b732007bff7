import { Group, SegmentedControl, Select, Stack, Tabs, Text } from "@mantine/core";

import { $api, type Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { ConnectionFilter, useConnections } from "@/parts/ConnectionFilter";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Page } from "@/parts/Page";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { many } from "@/parts/words";

import { Events } from "./Events";
import { DatasetSearch } from "./DatasetSearch";
import { datasetIn, type Show, shown } from "./graph";
import { GraphLoaded, GraphPane } from "./GraphPane";

const DIRECTIONS: { value: Schemas["Direction"]; label: string }[] = [
  { value: "both", label: "both ways" },
  { value: "upstream", label: "where it comes from" },
  { value: "downstream", label: "what comes of it" },
];
const MOST_STEPS = 12;

export function Lineage() {
  const [filters, setFilter, setFilters] = useFilters(
    "view",
    "connectionId",
    "node",
    "direction",
    "depth",
    "show",
  );
  const view = filters.view === "table" || filters.view === "events" ? filters.view : "graph";
  return (
    <Page
      title="Lineage"
      about="Where data comes from and what comes of it, as runs that ended have recorded it in OpenLineage."
    >
      <Tabs
        value={view}
        keepMounted={false}
        onChange={(value) => setFilter("view", value === "graph" ? null : value)}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="graph">Graph</Tabs.Tab>
          <Tabs.Tab value="table">Table</Tabs.Tab>
          <Tabs.Tab value="events">Events</Tabs.Tab>
        </Tabs.List>
        {(["graph", "table"] as const).map((as) => (
          <Tabs.Panel key={as} value={as}>
            <Around as={as} filters={filters} setFilters={setFilters} />
          </Tabs.Panel>
        ))}
        <Tabs.Panel value="events">
          <Stack>
            <ConnectionFilter
              value={filters.connectionId}
              onChange={(id) => setFilter("connectionId", id)}
            />
            <Events connectionId={filters.connectionId} />
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

type Name = "connectionId" | "node" | "direction" | "depth" | "show";

function Around({
  as,
  filters,
  setFilters,
}: {
  as: "graph" | "table";
  filters: Record<Name, string | undefined>;
  setFilters: (values: Partial<Record<Name, string | null>>) => void;
}) {
  const connections = useConnections();
  const start = filters.node === undefined ? undefined : datasetIn(filters.node);
  const connectionId =
    filters.connectionId ?? (start ? undefined : connections.data?.[0]?.connectionId);
  const direction = DIRECTIONS.find(({ value }) => value === filters.direction)?.value ?? "both";
  const depth = Math.min(Math.max(Number(filters.depth ?? 4) || 4, 1), MOST_STEPS);
  const show: Show = shown(filters.show);
  const asked = $api.useQuery(
    "get",
    "/v1/lineage/graph",
    { params: { query: { ...(start ?? { connectionId }), direction, depth } } },
    { enabled: start !== undefined || connectionId !== undefined },
  );
  const focus = (id: string | null) => setFilters({ node: id });
  return (
    <Stack>
      <Group align="flex-end">
        <ConnectionFilter
          label="All of a connection"
          placeholder="Choose"
          value={start ? undefined : connectionId}
          onChange={(id) => setFilters({ node: null, connectionId: id })}
        />
        <DatasetSearch drawn={asked.data?.nodes ?? []} value={filters.node} onChange={focus} />
        <Select
          label="Direction"
          w={190}
          allowDeselect={false}
          data={DIRECTIONS}
          value={direction}
          onChange={(value) => setFilters({ direction: value === "both" ? null : value })}
        />
        <Select
          label="Steps"
          title="A job is a step of its own"
          w={140}
          allowDeselect={false}
          data={Array.from({ length: MOST_STEPS }, (_, step) => String(step + 1))}
          value={String(depth)}
          onChange={(value) => setFilters({ depth: value === "4" ? null : value })}
        />
        {as === "graph" && (
          <SegmentedControl
            aria-label="What is drawn"
            data={[
              { value: "jobs", label: "Jobs" },
              { value: "connections", label: "Connections" },
              { value: "columns", label: "Columns" },
            ]}
            value={show}
            onChange={(value) => setFilters({ show: value === "jobs" ? null : value })}
          />
        )}
      </Group>
      <ProblemAlert problem={connections.error} />
      {connections.data?.length === 0 && !start ? (
        <Empty title="There is no connection yet.">
          <Anchor to="/connections/new">Make one</Anchor>: its first job draws the graph.
        </Empty>
      ) : (
        <GraphLoaded query={asked}>
          {(graph) => (
            <>
              <Text size="sm" c="dimmed">
                {many(graph.nodes.length, "node")}, {many(graph.edges.length, "edge")}. A click
                shows what is known of a node or an edge.
              </Text>
              <GraphPane graph={graph} as={as} show={show} begun={filters.node} onFocus={focus} />
            </>
          )}
        </GraphLoaded>
      )}
    </Stack>
  );
}

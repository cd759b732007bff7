import { Group, SegmentedControl, Stack } from "@mantine/core";
import { useNavigate } from "react-router";

import { $api } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { listPath } from "@/parts/datasets";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { shown } from "@/pages/lineage/graph";
import { GraphLoaded, GraphPane } from "@/pages/lineage/GraphPane";

import type { TabProps } from "./DatasetPage";

/** What is around one layer's table of a dataset. */
export function LineageTab({ dataset }: TabProps) {
  const [filters, setFilter] = useFilters("layer", "show");
  const navigate = useNavigate();
  const layer =
    dataset.layers.find((one) => one.layer === filters.layer) ??
    dataset.layers.find((one) => one.layer === "chart") ??
    dataset.layers[0];
  const asked = $api.useQuery(
    "get",
    "/v1/lineage/graph",
    {
      params: {
        query: { dataset: layer?.lineageName, namespace: dataset.lineageNamespace, depth: 4 },
      },
    },
    { enabled: layer !== undefined },
  );
  if (!layer) return <Empty title="No layer has a table of it yet." />;
  const node = `dataset:${dataset.lineageNamespace}:${layer.lineageName}`;
  return (
    <Stack>
      <Group>
        <SegmentedControl
          aria-label="Layer"
          data={dataset.layers.map((one) => one.layer)}
          value={layer.layer}
          onChange={(value) => setFilter("layer", value)}
        />
        <SegmentedControl
          aria-label="What is drawn"
          data={[
            { value: "jobs", label: "Jobs" },
            { value: "connections", label: "Connections" },
            { value: "columns", label: "Columns" },
            { value: "table", label: "Table" },
          ]}
          value={filters.show ?? "jobs"}
          onChange={(value) => setFilter("show", value === "jobs" ? null : value)}
        />
        <Anchor size="sm" to={listPath("/lineage", { node })}>
          Open in Lineage
        </Anchor>
      </Group>
      <GraphLoaded query={asked}>
        {(graph) => (
          <GraphPane
            graph={graph}
            as={filters.show === "table" ? "table" : "graph"}
            show={shown(filters.show)}
            begun={node}
            onFocus={(id) => void navigate(listPath("/lineage", { node: id }))}
          />
        )}
      </GraphLoaded>
    </Stack>
  );
}

import { Group, SegmentedControl, Select, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { api, type Schemas } from "@/api/client";
import { answeredExactly } from "@/api/exact";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { indented } from "@/parts/jsonText";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { useMayOn } from "@/parts/useMayOn";
import { ValuesTable } from "@/parts/ValuesTable";

import { columnsIn, maskedColumns } from "./columns";
import { Compare } from "./Compare";
import type { TabProps } from "./DatasetPage";

type Layer = Schemas["Layer"];

const COMPARE = "compare";

/** A few rows of one layer, or of all three side by side; explore's only for who may see records as they were sent. */
export function SampleTab({ dataset }: TabProps) {
  const { connectionId, stream, namespace } = dataset;
  const [filters, setFilter] = useFilters("layer", "rows");
  const maySeeExplore = useMayOn("admin", connectionId);
  const there = dataset.layers.map(({ layer }) => layer);
  const offered = there.filter((layer) => layer !== "explore" || maySeeExplore);
  const isCompared = filters.layer === COMPARE && there.includes("chart");
  const layer = offered.find((one) => one === filters.layer) ?? offered.find((l) => l === "chart");
  const limit = Number(filters.rows ?? 20);
  const asked = useQuery({
    queryKey: ["sample", connectionId, stream, namespace, layer, limit],
    queryFn: () =>
      answeredExactly<Schemas["SampleView"]>(
        api.GET("/v1/datasets/{connectionId}/{stream}/sample", {
          parseAs: "text",
          params: {
            path: { connectionId, stream },
            query: { layer: layer ?? "chart", limit, ...(namespace ? { namespace } : {}) },
          },
        }),
      ),
    // each look at explore is written into the audit trail, so none is asked for unseen
    enabled: layer !== undefined,
    staleTime: "static",
    gcTime: 0,
    retry: false,
  });
  return (
    <Stack>
      <Group align="flex-end">
        <SegmentedControl
          aria-label="Layer"
          data={[
            ...offered.map((one) => ({ value: one as string, label: one as string })),
            ...(there.includes("chart") ? [{ value: COMPARE, label: "side by side" }] : []),
          ]}
          value={isCompared ? COMPARE : (layer ?? "")}
          onChange={(value) => setFilter("layer", value)}
        />
        <Select
          aria-label="How many rows"
          w={120}
          allowDeselect={false}
          data={["10", "20", "50", "100"].map((value) => ({ value, label: `${value} rows` }))}
          value={String(limit)}
          onChange={(value) => setFilter("rows", value)}
        />
        <Text size="sm" c="dimmed">
          {isCompared
            ? "The same record in explore, chart and navigate, from the rows that are chosen."
            : about(layer, filters.layer === "explore" && !maySeeExplore)}
        </Text>
      </Group>
      {layer === undefined ? (
        <Empty title="Nothing of it was published yet.">
          The first promotion brings rows into chart.
        </Empty>
      ) : (
        <Loaded query={asked} lines={8}>
          {(sample) =>
            isCompared ? (
              <Compare dataset={dataset} sample={sample} maySeeExplore={maySeeExplore} />
            ) : (
              <Sample dataset={dataset} sample={sample} />
            )
          }
        </Loaded>
      )}
    </Stack>
  );
}

function about(layer: Layer | undefined, isRefused: boolean): string {
  if (isRefused) return "Explore is shown to an admin only: its records are not masked.";
  if (layer === "explore")
    return "Records of the newest batch as they were sent, unmasked. This look was written into the audit trail.";
  if (layer === "navigate") return "Current rows of navigate, in no order, masked as they are.";
  return "Rows of chart, in no order, masked as they are.";
}

function Sample({ dataset, sample }: TabProps & { sample: Schemas["SampleView"] }) {
  const rows = sample.rows;
  const masked = useMemo(() => maskedColumns(dataset), [dataset]);
  if (rows?.length)
    return (
      <ValuesTable
        label={`Rows of ${sample.table}`}
        rows={rows}
        columns={columnsIn(dataset, rows)}
        masked={masked}
      />
    );
  if (sample.records?.length) return <Records records={sample.records} label={sample.table} />;
  return <Empty title={`${sample.table} has no rows.`} />;
}

function Records({ records, label }: { records: Schemas["SampleRecordView"][]; label: string }) {
  return (
    <ListTable label={label} minWidth={500} heads={["Batch", "Place", "Record"]} withTableBorder>
      {records.map((record) => (
        <Table.Tr key={`${record.batchId} ${record.seq}`}>
          <Table.Td valign="top">{record.batchId}</Table.Td>
          <Table.Td valign="top">{record.seq}</Table.Td>
          <Table.Td>
            <Text
              component="pre"
              m={0}
              size="xs"
              ff="monospace"
              style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}
            >
              {indented(record.text)}
            </Text>
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

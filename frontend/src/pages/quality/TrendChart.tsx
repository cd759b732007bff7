import "@mantine/charts/styles.css";

import { LineChart } from "@mantine/charts";
import { Stack, Table, Text } from "@mantine/core";

import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { ListTable } from "@/parts/ListTable";
import { percent } from "@/parts/words";

import { DIMENSIONS, type TrendPoint } from "./scores";

const COLORS = ["petrol.7", "orange.6", "grape.6", "lime.7", "blue.6", "pink.6"];
const DASHES = ["", "6 3", "2 2", "8 3 2 3", "1 3", "10 4"];

/** A line for each dimension over the last jobs, and the same as a table. */
export function TrendChart({ points }: { points: TrendPoint[] }) {
  const data = points.map((point) => ({ ...point, name: `Job ${point.jobId}` }));
  return (
    <Stack gap="sm">
      <LineChart
        h={280}
        data={data}
        dataKey="name"
        withLegend
        connectNulls={false}
        curveType="linear"
        yAxisProps={{ domain: [0, 1], width: 60 }}
        valueFormatter={percent}
        series={DIMENSIONS.map((name, place) => ({
          name,
          color: COLORS[place] ?? "gray.6",
          strokeDasharray: DASHES[place],
        }))}
      />
      <details>
        <Text component="summary" size="sm" style={{ cursor: "pointer" }}>
          The same as a table
        </Text>
        <ListTable
          label="Scores by job"
          minWidth={640}
          maxHeight={320}
          heads={["Job", "When", ...DIMENSIONS]}
          withTableBorder
          fz="sm"
        >
          {[...points].reverse().map((point) => (
            <Table.Tr key={point.jobId}>
              <Table.Td>
                <Anchor to={`/jobs/${point.jobId}`} size="sm">
                  {point.jobId}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <At at={point.recordedAt} />
              </Table.Td>
              {DIMENSIONS.map((dimension) => (
                <Table.Td key={dimension}>
                  {typeof point[dimension] === "number"
                    ? percent(point[dimension])
                    : "not measured"}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </ListTable>
      </details>
    </Stack>
  );
}

import "@mantine/charts/styles.css";

import { AreaChart } from "@mantine/charts";
import { Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { useTimeZone } from "@/shell/timeZone";
import { compact, lasting } from "@/parts/words";

/** Records a second as they landed. */
export default function Throughput({ throughput }: { throughput: Schemas["ThroughputView"] }) {
  const [timeZone] = useTimeZone();
  const { bucketS, points } = throughput;
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "medium" });
  const data = points.map((point) => ({
    at: time.format(new Date(point.at)),
    "records per second": Math.round(point.records / bucketS),
    "KiB per second": Math.round(point.bytes / bucketS / 1024),
  }));
  return (
    <>
      <AreaChart
        h={180}
        data={data}
        dataKey="at"
        series={[
          { name: "records per second", color: "petrol.6" },
          { name: "KiB per second", color: "orange.6", yAxisId: "right" },
        ]}
        withRightYAxis
        withLegend
        curveType="step"
        withDots={false}
        valueFormatter={compact}
      />
      <Text size="xs" c="dimmed">
        Each point is {lasting(bucketS)} of landing in explore.
      </Text>
    </>
  );
}

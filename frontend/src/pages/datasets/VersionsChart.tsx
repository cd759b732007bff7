import "@mantine/charts/styles.css";

import { BarChart } from "@mantine/charts";
import { Stack, Text, Title } from "@mantine/core";

import { Empty } from "@/parts/Empty";
import { instant, many } from "@/parts/words";
import { useTimeZone } from "@/shell/timeZone";

import type { JobVersions } from "./versionsByJob";

/** How many versions each job wrote; a bar chooses the moment when its job was over. */
export function VersionsChart({
  jobs,
  onChoose,
}: {
  jobs: JobVersions[];
  onChoose: (at: string) => void;
}) {
  const [timeZone] = useTimeZone();
  if (jobs.length === 0)
    return <Empty title="None of the last jobs wrote a version of its rows." />;
  const data = jobs.map((job) => ({
    ...job,
    name: `Job ${job.jobId}`,
    "Versions written": job.versions,
  }));
  const newest = jobs.at(-1);
  return (
    <Stack gap={4}>
      <Title order={2} size="h4">
        Versions by job
      </Title>
      <Text size="sm" c="dimmed">
        {newest &&
          `Job ${newest.jobId} wrote ${many(newest.versions, "version")} and was over ${instant(newest.at, timeZone)}. `}
        A bar chooses the end of its job.
      </Text>
      <BarChart
        h={180}
        data={data}
        dataKey="name"
        series={[{ name: "Versions written", color: "petrol" }]}
        maxBarWidth={48}
        valueFormatter={(value) => value.toLocaleString("en")}
        barChartProps={{
          onClick: ({ activeIndex }) => {
            const job = jobs[Number(activeIndex)];
            if (job) onChoose(job.at);
          },
        }}
      />
    </Stack>
  );
}

import { Button, Group, SegmentedControl, Slider, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Anchor } from "@/parts/Anchor";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { MomentPicker } from "@/parts/MomentPicker";
import { instant } from "@/parts/words";
import { useTimeZone } from "@/shell/timeZone";

import { AsOf } from "./AsOf";
import type { TabProps } from "./DatasetPage";
import { Differences } from "./Differences";
import { jobsThatWrite } from "./jobsThatWrite";
import { VersionsChart } from "./VersionsChart";
import { type JobVersions, standingAt, versionsByJob } from "./versionsByJob";

/** Rows as they were: at a moment, and what differs between two. */
export function HistoryTab({ dataset }: TabProps) {
  const [filters, setFilter] = useFilters("view", "at", "recorded", "from", "to");
  const { connectionId } = dataset;
  const jobs = useQuery({
    queryKey: ["jobs that write versions", connectionId],
    queryFn: () => jobsThatWrite(connectionId),
  });
  if (dataset.primaryKey.length === 0)
    return (
      <Empty title="It has no history.">
        Versions are told apart by a primary key. This stream has none: its rows are appended.
      </Empty>
    );
  if (!dataset.layers.some(({ layer }) => layer === "navigate"))
    return <Empty title="Nothing of it was published yet." />;
  const isDiff = filters.view === "between";
  return (
    <Stack gap="lg">
      <Loaded query={jobs} lines={5}>
        {(data) => {
          const found = versionsByJob(data, dataset);
          return (
            <Stack>
              <VersionsChart jobs={found} onChoose={(at) => setFilter(isDiff ? "to" : "at", at)} />
              {!isDiff && found.length > 1 && (
                <JobSlider jobs={found} at={filters.at} onChange={(at) => setFilter("at", at)} />
              )}
            </Stack>
          );
        }}
      </Loaded>
      <SegmentedControl
        w="fit-content"
        aria-label="What of its history"
        data={[
          { value: "at", label: "At a moment" },
          { value: "between", label: "Between two moments" },
        ]}
        value={isDiff ? "between" : "at"}
        onChange={(value) => setFilter("view", value === "at" ? null : value)}
      />
      {isDiff ? (
        <Between dataset={dataset} filters={filters} onChange={setFilter} />
      ) : (
        <Stack>
          <Group align="flex-end">
            <MomentPicker
              label="Valid at"
              placeholder="Now"
              value={filters.at}
              onChange={(at) => setFilter("at", at)}
            />
            <MomentPicker
              label="As it was known at"
              placeholder="All that is known"
              value={filters.recorded}
              onChange={(at) => setFilter("recorded", at)}
            />
          </Group>
          <AsOf dataset={dataset} at={filters.at} recorded={filters.recorded} />
        </Stack>
      )}
    </Stack>
  );
}

function JobSlider({
  jobs,
  at,
  onChange,
}: {
  jobs: JobVersions[];
  at: string | undefined;
  onChange: (at: string | null) => void;
}) {
  const [timeZone] = useTimeZone();
  const standing = standingAt(jobs, at);
  const [moved, setMoved] = useState<number>();
  return (
    <Stack gap={4}>
      <Text size="sm" id="as-of-job">
        As of the end of a job
      </Text>
      <Slider
        mx="xs"
        mb="lg"
        min={1}
        max={jobs.length}
        step={1}
        value={moved ?? Math.max(standing, 1)}
        onChange={setMoved}
        onChangeEnd={(place) => {
          setMoved(undefined);
          onChange(jobs[place - 1]?.at ?? null);
        }}
        label={(place) => {
          const job = jobs[place - 1];
          return job && `Job ${job.jobId}, ${instant(job.at, timeZone)}`;
        }}
        marks={jobs.length <= 30 ? jobs.map((_, place) => ({ value: place + 1 })) : []}
        thumbLabel="As of the end of a job"
      />
    </Stack>
  );
}

function Between({
  dataset,
  filters,
  onChange,
}: TabProps & {
  filters: Record<"from" | "to", string | undefined>;
  onChange: (name: "from" | "to", value: string | null) => void;
}) {
  return (
    <Stack>
      <Group align="flex-end">
        <MomentPicker
          label="From"
          placeholder="Choose"
          value={filters.from}
          onChange={(at) => onChange("from", at)}
        />
        <MomentPicker
          label="To"
          placeholder="Choose"
          value={filters.to}
          onChange={(at) => onChange("to", at)}
        />
        <Button variant="default" onClick={() => onChange("to", new Date().toISOString())}>
          To now
        </Button>
      </Group>
      {filters.from && filters.to ? (
        <Differences dataset={dataset} from={filters.from} to={filters.to} />
      ) : (
        <Empty title="Choose two moments.">
          Rows that were added, removed or changed between them are shown, with what changed. The
          bars above are the <Anchor to={`/jobs?connectionId=${dataset.connectionId}`}>jobs</Anchor>{" "}
          that wrote versions.
        </Empty>
      )}
    </Stack>
  );
}

import { Skeleton, Stack, Title } from "@mantine/core";
import { lazy, Suspense } from "react";

import type { DatasetName } from "@/parts/datasets";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";

import { trendPoints } from "./scores";
import { useTrend } from "./useTrend";

const TrendChart = lazy(async () => ({ default: (await import("./TrendChart")).TrendChart }));

/** How a dataset's scores went, job by job. */
export function Trend({ dataset }: { dataset: DatasetName }) {
  const found = useTrend(dataset);
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Trend
      </Title>
      <Loaded query={found} lines={6}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="No job has measured it yet.">
              The next job that publishes some of it does.
            </Empty>
          ) : (
            <Suspense fallback={<Skeleton height={260} />}>
              <TrendChart points={trendPoints(data)} />
            </Suspense>
          )
        }
      </Loaded>
    </Stack>
  );
}

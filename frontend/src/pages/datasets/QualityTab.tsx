import { Stack, Title } from "@mantine/core";

import { $api } from "@/api/client";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { Checks } from "@/pages/quality/Checks";
import { DatasetScores } from "@/pages/quality/DatasetScores";
import { Trend } from "@/pages/quality/Trend";

import type { TabProps } from "./DatasetPage";

/** A dataset's scores, how they went, and its checks. */
export function QualityTab({ dataset }: TabProps) {
  const { connectionId, stream, namespace } = dataset;
  const found = $api.useQuery("get", "/v1/quality", {
    params: { query: { connectionId, stream, limit: 100 } },
  });
  return (
    <Stack gap="xl">
      <Loaded query={found} lines={6}>
        {({ data }) => {
          const scores = data.filter((one) => (one.namespace ?? "") === (namespace ?? ""));
          return scores.length === 0 ? (
            <Empty title="It was not measured yet.">Each job measures what it publishes.</Empty>
          ) : (
            <DatasetScores scores={scores} />
          );
        }}
      </Loaded>
      <Trend dataset={dataset} />
      <Stack>
        <Title order={2} size="h4">
          Checks
        </Title>
        <Checks of={{ connectionId, stream, namespace }} height={460} />
      </Stack>
    </Stack>
  );
}

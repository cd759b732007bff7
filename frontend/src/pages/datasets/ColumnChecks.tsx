import { Group, Stack, Text } from "@mantine/core";

import { $api } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { listPath } from "@/parts/datasets";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";

import type { TabProps } from "./DatasetPage";
import { newestOf } from "./newestOf";

/** The checks of one column, each with what it found the last time. */
export function ColumnChecks({ dataset, column }: TabProps & { column: string }) {
  const { connectionId, stream, namespace } = dataset;
  const found = $api.useQuery("get", "/v1/checks", {
    params: {
      query: { connectionId, stream, column, limit: 100, ...(namespace ? { namespace } : {}) },
    },
  });
  return (
    <Loaded query={found} lines={2}>
      {({ data }) =>
        data.length === 0 ? (
          <Text size="sm">No check was made of this column.</Text>
        ) : (
          <Stack gap={4}>
            {newestOf(data).map((one) => (
              <Group key={one.check} gap="xs">
                <Status value={one.outcome} />
                <Anchor
                  size="sm"
                  to={listPath("/quality", {
                    view: "checks",
                    connectionId,
                    stream,
                    namespace,
                    check: one.check,
                    column,
                  })}
                >
                  {one.check}
                </Anchor>
                {one.measured !== undefined && (
                  <Text size="sm">measured {one.measured.toLocaleString("en")}</Text>
                )}
                <Anchor size="xs" to={`/jobs/${one.jobId}`}>
                  job {one.jobId}
                </Anchor>
                <Text size="xs" c="dimmed" component="div">
                  <At at={one.recordedAt} />
                </Text>
              </Group>
            ))}
          </Stack>
        )
      }
    </Loaded>
  );
}

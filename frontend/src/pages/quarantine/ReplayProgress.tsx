import { CloseButton, Group, Paper, Stack, Text } from "@mantine/core";
import { useEffect } from "react";

import { $api, queries } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";
import { count } from "@/parts/words";

/** How a replay stands: its job, and what has become of its records. */
export function ReplayProgress({ jobId, onClose }: { jobId: number; onClose: () => void }) {
  const job = $api.useQuery(
    "get",
    "/v1/jobs/{jobId}",
    { params: { path: { jobId } } },
    { refetchInterval: ({ state }) => (isOver(state.data?.status) ? false : 1_500) },
  );
  const over = isOver(job.data?.status);
  useEffect(() => {
    if (over) void queries.invalidateQueries();
  }, [over]);
  const replay = $api.useQuery(
    "get",
    "/v1/quarantine/replays/{jobId}",
    { params: { path: { jobId } } },
    { refetchInterval: over ? false : 1_500 },
  );
  return (
    <Paper withBorder p="md" role="status">
      <Stack gap="xs">
        <Group justify="space-between">
          <Group gap="sm">
            <Text fw={600}>
              Replay by <Anchor to={`/jobs/${jobId}`}>job {jobId}</Anchor>
            </Text>
            {job.data && <Status value={job.data.status} />}
          </Group>
          <CloseButton aria-label="Close the replay's progress" onClick={onClose} />
        </Group>
        <Loaded query={replay} lines={1}>
          {({ askedBy, fates }) => (
            <Text size="sm">
              Asked for by {askedBy}.{" "}
              {Object.entries(fates)
                .map(([fate, records]) => `${count(records)} ${fate}`)
                .join(", ") || "No record yet."}
            </Text>
          )}
        </Loaded>
        {job.data?.atlas.failure && (
          <Text size="sm" c="red">
            {Object.values(job.data.atlas.failure).join(" ")}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}

const isOver = (status: string | undefined): boolean =>
  status === "succeeded" || status === "failed" || status === "cancelled";

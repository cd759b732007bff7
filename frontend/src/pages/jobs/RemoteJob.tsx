import { List, Stack, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Empty } from "@/parts/Empty";
import { Facts } from "@/parts/Facts";
import { Status } from "@/parts/Status";
import { count, size } from "@/parts/words";

/** What the remote says of the job that it does, and what that is worth; Atlas keeps no books of it. */
export function RemoteJob({ job }: { job: Schemas["JobView"] }) {
  const remote = job.atlas.remote;
  if (!remote) return <Empty title="The remote has not been asked yet" />;
  return (
    <Stack gap="sm">
      <Facts
        facts={[
          [
            "Job there",
            <Anchor key="job" to={`/connectors/remotes/${remote.remoteId}`} size="sm">
              {remote.jobId === undefined ? "not known yet" : remote.jobId}
            </Anchor>,
          ],
          ["Status there", remote.status && <Status value={remote.status} />],
          ["Begun by", remote.adopted ? "somebody else; Atlas has adopted it" : "Atlas"],
          ["Rows", remote.rows === undefined ? "not reported" : count(remote.rows)],
          ["Size", remote.bytes === undefined ? "not reported" : size(remote.bytes)],
          ["Began", remote.startedAt && <At at={remote.startedAt} exact />],
          ["Last seen", remote.seenAt && <At at={remote.seenAt} exact />],
          ["Verified", remote.verification && <Status value={remote.verification} />],
        ]}
      />
      {remote.reasons.length > 0 && (
        <List size="sm" aria-label="Reasons">
          {remote.reasons.map((reason) => (
            <List.Item key={reason}>{reason}</List.Item>
          ))}
        </List>
      )}
      <Text size="sm" c="dimmed" data-sentence>
        Atlas does not see these records, so there are no books of them.{" "}
        <Anchor to={`/connections/${job.connectionId}/remote`} size="sm">
          What a success must show
        </Anchor>{" "}
        is said at the connection.
      </Text>
    </Stack>
  );
}

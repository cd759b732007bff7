import { List, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import type { Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Loaded } from "@/parts/Loaded";

import { type Difference, differences, goodBefore } from "./changes";

type Job = Schemas["JobView"];

/** What is different from when a sync or refresh of the connection last went well, up to the end of this job.
 * Nothing is said before all that it is said of has answered. */
export function SinceTheLastGoodOne({ job }: { job: Job }) {
  const query = useQuery({
    queryKey: ["since the last good job", job.jobId, job.atlas.endedAt],
    queryFn: async () => {
      const good = await goodBefore(job);
      return good ? differences(job, good) : null;
    },
  });
  return (
    <div style={{ marginTop: "var(--mantine-spacing-sm)" }}>
      <Loaded query={query} lines={2}>
        {(found) =>
          found ? (
            <Changes found={found} />
          ) : (
            <Text size="sm">No sync or refresh of this connection has succeeded before.</Text>
          )
        }
      </Loaded>
    </div>
  );
}

function Changes({ found }: { found: Difference }) {
  const { good, changes, isCut } = found;
  return (
    <>
      <Text size="sm" fw={600} component="div">
        Since{" "}
        <Anchor c="inherit" underline="always" to={`/jobs/${good.jobId}`}>
          job {good.jobId}
        </Anchor>
        , the last sync or refresh that succeeded (<At at={good.atlas.endedAt} />)
      </Text>
      {changes.length > 0 ? (
        <List size="sm">
          {changes.map((change, place) => (
            <List.Item key={place}>
              <Anchor c="inherit" underline="always" to={change.to}>
                {change.what}
              </Anchor>
              , <At at={change.at} />
            </List.Item>
          ))}
        </List>
      ) : (
        <Text size="sm">
          neither schema, state, tables, settings, source nor connector of this connection have
          changed; what its source gives may have.
        </Text>
      )}
      {isCut && (
        <Text size="sm">
          More has happened since than is read here: its timeline has all of it.
        </Text>
      )}
    </>
  );
}

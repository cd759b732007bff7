import { Alert, List, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

import { $api, type Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { spoken } from "@/parts/words";

type Job = Schemas["JobView"];

const WHO: Record<string, string> = {
  config_error: "Somebody who may change the source or the connection can mend this.",
  transient_error: "This may pass by itself; Atlas tries again by the connection's terms.",
  system_error: "Who runs Atlas can mend this; the log says more.",
};

/** Why a job failed, who can mend it, and what is different from when it last went well. */
export function Failure({ job }: { job: Job }) {
  const failure = job.atlas.failure;
  if (!failure) return null;
  const kind = failure.failureType ?? failure.type ?? "";
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle aria-hidden />}
      title={failure.title ?? "The job failed"}
    >
      {failure.detail && <Text size="sm">{failure.detail}</Text>}
      {(failure.hint ?? WHO[kind]) && (
        <Text size="sm" mt="xs" fw={500}>
          {failure.hint ?? WHO[kind]}
        </Text>
      )}
      <SinceTheLastGoodOne job={job} />
    </Alert>
  );
}

function SinceTheLastGoodOne({ job }: { job: Job }) {
  const { connectionId } = job;
  const path = { connectionId };
  const good = $api.useQuery("get", "/v1/jobs", {
    params: {
      query: {
        connectionId,
        status: "succeeded",
        orderBy: "createdAt|DESC",
        createdAtEnd: job.startTime,
        limit: 1,
      },
    },
  });
  const last = good.data?.data[0];
  const since = last?.lastUpdatedAt;
  const enabled = { enabled: since !== undefined };
  const newest = { params: { path, query: { limit: 20 } } };
  const schema = $api.useQuery(
    "get",
    "/v1/connections/{connectionId}/schema-changes",
    newest,
    enabled,
  );
  const states = $api.useQuery(
    "get",
    "/v1/connections/{connectionId}/state/versions",
    newest,
    enabled,
  );
  const tables = $api.useQuery(
    "get",
    "/v1/connections/{connectionId}/tables/acts",
    newest,
    enabled,
  );

  if (!good.data) return null;
  if (!last || !since) {
    return (
      <Text size="sm" mt="xs">
        No job of this connection has succeeded before.
      </Text>
    );
  }
  const isSince = (at: string) => at > since;
  const changes = [
    ...(schema.data?.data ?? [])
      .filter((change) => isSince(change.foundAt))
      .map((change) => ({
        at: change.foundAt,
        what: `the schema of ${change.stream} changed${change.breaking ? ", in a way that breaks" : ""}`,
        to: `/connections/${connectionId}/schema`,
      })),
    ...(states.data?.data ?? [])
      .filter((version) => version.act && isSince(version.savedAt))
      .map((version) => ({
        at: version.savedAt,
        what: `the state was ${spoken(version.act ?? "")} by ${version.askedBy ?? "somebody"}`,
        to: `/connections/${connectionId}/state`,
      })),
    ...(tables.data?.data ?? [])
      .filter((act) => isSince(act.doneAt))
      .map((act) => ({
        at: act.doneAt,
        what: `tables of ${act.stream}: ${spoken(act.act)}`,
        to: `/connections/${connectionId}/timeline`,
      })),
  ].toSorted((one, other) => other.at.localeCompare(one.at));
  return (
    <>
      <Text size="sm" mt="sm" fw={600}>
        Since <Anchor to={`/jobs/${last.jobId}`}>job {last.jobId}</Anchor>, the last that succeeded
        (
        <At at={since} />)
      </Text>
      {changes.length ? (
        <List size="sm">
          {changes.map((change, place) => (
            <List.Item key={place}>
              <Anchor to={change.to}>{change.what}</Anchor>, <At at={change.at} />
            </List.Item>
          ))}
        </List>
      ) : (
        <Text size="sm">
          neither schema, state nor tables of this connection have changed; its source may have.
        </Text>
      )}
    </>
  );
}

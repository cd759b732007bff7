import { Badge, Group, Stack, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Engine } from "@/parts/Engine";
import type { Columns } from "@/parts/DataTable";
import { JobStrip } from "@/parts/JobStrip";
import { Spark } from "@/parts/Spark";
import { Status } from "@/parts/Status";
import { Troubles } from "@/parts/Troubles";
import { compact, many, spoken } from "@/parts/words";

import type { Row } from "./useOverview";

export type Tagged = Row & { tags: Schemas["TagView"][] | undefined };

const SCHEDULES: Record<Row["scheduleType"], string> = {
  manual: "by hand",
  cron: "cron",
  basic: "every so often",
  after: "after another",
};

const TAGS = "tags";

/** Shape: no column of tags where there is no tag at all. */
export function connectionColumns(
  mayRun: (row: Tagged) => boolean,
  hasTags: boolean,
): Columns<Tagged> {
  const all: Columns<Tagged> = [
    {
      header: "Connection",
      cell: ({ row: { original: row } }) => (
        <Stack gap={2}>
          <Group gap={6} wrap="nowrap">
            <Anchor to={`/connections/${row.connectionId}`} fw={600} size="sm">
              {row.name}
            </Anchor>
            <Engine engine={row.engine} />
          </Group>
          <Text size="xs" c="dimmed">
            {row.source.name} →{" "}
            <Anchor to={`/connectors?connector=${row.source.connector}`} size="xs">
              {row.source.connector}
            </Anchor>
          </Text>
        </Stack>
      ),
    },
    { header: "Stands", cell: ({ row }) => <Stands row={row.original} /> },
    {
      header: "Schedule",
      cell: ({ row: { original: row } }) => (
        <div>
          <Anchor to={`/connections/${row.connectionId}/schedule`} size="sm">
            {SCHEDULES[row.scheduleType]}
          </Anchor>
          {row.nextRunAt && (
            <Text size="xs" c="dimmed">
              next <At at={row.nextRunAt} />
            </Text>
          )}
        </div>
      ),
    },
    {
      header: "Last job",
      cell: ({ row: { original: row } }) =>
        row.lastJob ? (
          <div>
            <Anchor to={`/jobs/${row.lastJob.jobId}`} size="sm">
              {spoken(row.lastJob.jobType)} {row.lastJob.status}
            </Anchor>
            {row.lastJob.endedAt && (
              <Text size="xs" c="dimmed">
                <At at={row.lastJob.endedAt} />
              </Text>
            )}
          </div>
        ) : (
          <Text size="sm" c="dimmed">
            none yet
          </Text>
        ),
    },
    {
      header: "Last 30",
      cell: ({ row: { original: row } }) => (
        <JobStrip
          runs={row.recent}
          to={`/jobs?connectionId=${row.connectionId}`}
          label={`Last jobs of ${row.name}`}
        />
      ),
    },
    { header: "Records", cell: ({ row }) => <Rows row={row.original} /> },
    { header: "Fresh as of", cell: ({ row }) => <Freshness row={row.original} /> },
    {
      id: TAGS,
      header: "Tags",
      cell: ({ row: { original: row } }) => (
        <Group gap={4} wrap="nowrap">
          {row.tags?.map((tag) => (
            <Badge key={tag.tagId} variant="outline" tt="none" color="gray">
              {tag.name}
            </Badge>
          ))}
        </Group>
      ),
    },
    {
      id: "acts",
      header: "Acts",
      cell: ({ row: { original: row } }) =>
        mayRun(row) && row.status === "active" ? (
          <Act
            size="compact-sm"
            variant="light"
            aria-label={`Sync ${row.name} now`}
            request={act("post", "/v1/jobs", {
              body: { connectionId: row.connectionId, jobType: "sync" },
            })}
            done={`${row.name} is being synced`}
          >
            Sync now
          </Act>
        ) : null,
    },
  ];
  return hasTags ? all : all.filter(({ id }) => id !== TAGS);
}

function Stands({ row }: { row: Row }) {
  return (
    <Stack gap={4} maw={360}>
      <Troubles connectionId={row.connectionId} troubles={row.troubles} />
      {row.status === "inactive" && <Status value="inactive" label="paused" />}
      {row.troubles.length === 0 && row.status === "active" && (
        <Status
          value={row.lastJob ? "ok" : "pending"}
          label={row.lastJob ? "no trouble" : "not synced yet"}
        />
      )}
    </Stack>
  );
}

function Rows({ row }: { row: Row }) {
  const values = row.recent.flatMap((job) => (job.rows == null ? [] : [job.rows]));
  const last = values.at(-1);
  if (last === undefined) return <span>–</span>;
  return (
    <Group gap={6} wrap="nowrap">
      <Spark values={values} label={`Records of the last ${many(values.length, "job")}`} />
      <Anchor to={`/jobs?connectionId=${row.connectionId}`} size="sm">
        {compact(last)}
      </Anchor>
    </Group>
  );
}

function Freshness({ row }: { row: Row }) {
  const { newest, oldest, streams, unpublished } = row.freshness;
  if (!newest) return <Text size="sm">nothing is published</Text>;
  return (
    <Anchor to={`/datasets?connectionId=${row.connectionId}`} size="sm">
      <At at={newest} />
      {oldest && oldest !== newest && (
        <Text size="xs" c="dimmed">
          the oldest stream <At at={oldest} />
        </Text>
      )}
      {unpublished > 0 && (
        <Text size="xs" c="dimmed">
          {unpublished} of {many(streams, "stream")} not yet
        </Text>
      )}
    </Anchor>
  );
}

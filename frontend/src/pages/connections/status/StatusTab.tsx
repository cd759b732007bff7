import { SimpleGrid, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { $api, type Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Figure } from "@/parts/Figure";
import { JobStrip } from "@/parts/JobStrip";
import { Loaded } from "@/parts/Loaded";
import { Section } from "@/parts/Section";
import { Troubles } from "@/parts/Troubles";
import { count, many, percent } from "@/parts/words";
import { useMay } from "@/session/session";

import { spokenSchedule } from "../schedule/schedule";
import { type Row, useStanding } from "../useOverview";
import { JobActs } from "./JobActs";
import { StreamTable } from "./StreamTable";

/** How a connection stands, what each of its streams came to last, and what can be done about it. */
export function StatusTab({ connection }: { connection: Schemas["ConnectionView"] }) {
  const mayRun = useMay("operator", connection.workspaceId);
  const id = connection.connectionId;
  const standing = useStanding(id);
  const jobs = $api.useQuery(
    "get",
    "/v1/jobs",
    {
      params: { query: { connectionId: id, orderBy: "createdAt|DESC", allTypes: true, limit: 30 } },
    },
    { refetchInterval: 5_000 },
  );
  return (
    <Stack gap="xl">
      <Loaded query={standing}>
        {(row) => row && <Standing row={row} connection={connection} />}
      </Loaded>
      <Section
        title="Streams"
        about="Counts are of the last job that had the stream, and lead to its books."
      >
        <Loaded query={jobs} lines={6}>
          {({ data }) => <StreamTable connection={connection} jobs={data} />}
        </Loaded>
      </Section>
      {mayRun && connection.status === "active" && (
        <Section
          title="Read or make again"
          about="Each says first what it would do; nothing happens before that."
        >
          <JobActs connection={connection} />
        </Section>
      )}
    </Stack>
  );
}

function Standing({ row, connection }: { row: Row; connection: Schemas["ConnectionView"] }) {
  const { freshness, quality, lastJob } = row;
  const id = row.connectionId;
  return (
    <Stack gap="md">
      {row.troubles.length > 0 && (
        <Stack gap={6} role="group" aria-label="Troubles">
          <Troubles connectionId={id} troubles={row.troubles} />
        </Stack>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 5 }}>
        <Figure
          label="Last job"
          value={<Small>{lastJob ? lastJob.status : "none yet"}</Small>}
          note={lastJob?.endedAt && <At at={lastJob.endedAt} />}
          {...(lastJob ? { to: `/jobs/${lastJob.jobId}` } : {})}
        />
        <Figure
          label="Next run"
          value={<Small>{row.nextRunAt ? <At at={row.nextRunAt} /> : "–"}</Small>}
          note={spokenSchedule(connection.schedule)}
          to={`/connections/${id}/schedule`}
        />
        <Figure
          label="Fresh as of"
          value={<Small>{freshness.newest ? <At at={freshness.newest} /> : "–"}</Small>}
          note={
            freshness.unpublished > 0
              ? `${freshness.unpublished} of ${many(freshness.streams, "stream")} not published`
              : many(freshness.streams, "stream")
          }
          to={`/datasets?connectionId=${id}`}
        />
        <Figure
          label="In quarantine"
          value={count(row.quarantined)}
          note="records kept out"
          to={`/quarantine?connectionId=${id}&status=kept`}
        />
        <Figure
          label="Worst quality"
          value={quality ? percent(quality.score) : "not measured"}
          note={quality && `${quality.dimension} of ${quality.stream}`}
          to={`/quality?connectionId=${id}`}
        />
      </SimpleGrid>
      {row.recent.length > 0 && (
        <div>
          <JobStrip
            runs={row.recent}
            to={`/jobs?connectionId=${id}`}
            label={`Last jobs of ${row.name}`}
          />{" "}
          <Anchor to={`/jobs?connectionId=${id}`} size="sm">
            {row.recent.length === 1 ? "its only job" : `the last ${row.recent.length} jobs`}
          </Anchor>
        </div>
      )}
    </Stack>
  );
}

/** A figure in words: it would not fit as large as a number stands. */
function Small({ children }: { children: ReactNode }) {
  return (
    <Text span fz={18} fw={650}>
      {children}
    </Text>
  );
}

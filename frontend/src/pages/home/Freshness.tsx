import { Table, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { JobStrip } from "@/parts/JobStrip";
import { Status } from "@/parts/Status";
import { compact, percent, spoken } from "@/parts/words";

import classes from "./Freshness.module.css";

type Connection = Schemas["OverviewConnection"];

/** How old what is published is, by shade and by word: under a day, a week, or more. */
export function ageOf(at: string | undefined, now = Date.now()): "none" | "day" | "week" | "old" {
  if (!at) return "none";
  const hours = (now - Date.parse(at)) / 3_600_000;
  if (hours < 24) return "day";
  return hours < 24 * 7 ? "week" : "old";
}

export function Freshness({ connections }: { connections: Connection[] }) {
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Connection</Table.Th>
            <Table.Th>Last 30 jobs</Table.Th>
            <Table.Th ta="right">Last job</Table.Th>
            <Table.Th>Published as of</Table.Th>
            <Table.Th>Lowest score</Table.Th>
            <Table.Th>Next run</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {connections.map((connection) => (
            <Row key={connection.connectionId} connection={connection} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ connection }: { connection: Connection }) {
  const { freshness, quality, recent } = connection;
  const rows = recent.at(-1)?.rows;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor to={`/connections/${connection.connectionId}`} fw={500}>
          {connection.name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {connection.source.connector}
        </Text>
      </Table.Td>
      <Table.Td>
        {recent.length ? (
          <JobStrip
            runs={recent}
            to={`/jobs?connectionId=${connection.connectionId}`}
            label={`Last jobs of ${connection.name}`}
          />
        ) : (
          <Text size="sm" c="dimmed">
            No job yet
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">{rows === undefined ? "–" : `${compact(rows)} records`}</Table.Td>
      <Table.Td>
        <span className={classes.age} data-age={ageOf(freshness.oldest)}>
          {freshness.oldest ? <At at={freshness.oldest} /> : "nothing published"}
        </span>
        {freshness.unpublished > 0 && freshness.oldest && (
          <Text size="xs" c="dimmed">
            {freshness.unpublished} of {freshness.streams} streams not yet
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {quality ? (
          <Anchor to={`/quality?connectionId=${connection.connectionId}`} size="sm">
            {percent(quality.score)} {quality.dimension}
          </Anchor>
        ) : (
          <Text size="sm" c="dimmed">
            not measured
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {connection.status === "active" ? (
          connection.nextRunAt ? (
            <At at={connection.nextRunAt} />
          ) : (
            <Text size="sm" c="dimmed">
              {spoken(connection.scheduleType)}
            </Text>
          )
        ) : (
          <Status value="inactive" />
        )}
      </Table.Td>
    </Table.Tr>
  );
}

import { Group, Table, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { JobStrip } from "@/parts/JobStrip";
import { ListTable } from "@/parts/ListTable";
import { Spark } from "@/parts/Spark";
import { Status } from "@/parts/Status";
import { compact, percent, spoken } from "@/parts/words";

import { volumes } from "./behind";

type Connection = Schemas["OverviewConnection"];

export function Freshness({ connections }: { connections: Connection[] }) {
  return (
    <ListTable
      label="Freshness and volume"
      minWidth={760}
      heads={[
        "Connection",
        "Last 30 jobs",
        "Volume, the last sync",
        "Published as of",
        "Lowest score",
        "Next run",
      ]}
    >
      {connections.map((connection) => (
        <Row key={connection.connectionId} connection={connection} />
      ))}
    </ListTable>
  );
}

function Row({ connection }: { connection: Connection }) {
  const { freshness, quality, recent } = connection;
  const read = volumes(recent);
  const rows = read.at(-1);
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
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <Spark values={read} label={`Records of the last syncs of ${connection.name}`} />
          {rows === undefined ? "–" : `${compact(rows)} records`}
        </Group>
      </Table.Td>
      <Table.Td>
        {freshness.oldest ? <At at={freshness.oldest} /> : "nothing published"}
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

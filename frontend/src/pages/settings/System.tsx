import { SimpleGrid, Stack, Table, Text } from "@mantine/core";

import { $api, type Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Empty } from "@/parts/Empty";
import { Figure } from "@/parts/Figure";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { Section } from "@/parts/Section";
import { Status } from "@/parts/Status";
import { count, lasting, size } from "@/parts/words";

type SystemView = Schemas["SystemView"];

/** Workers, queues, versions and what it all takes, measured now. */
export function System() {
  const system = $api.useQuery("get", "/v1/system", {}, { refetchInterval: 5_000 });
  return (
    <Loaded query={system} lines={8}>
      {(shown) => (
        <Stack gap="xl">
          <SimpleGrid cols={{ base: 2, md: 4 }}>
            <Figure
              label="Atlas"
              value={shown.versions.atlas}
              note={`Python ${shown.versions.python}, PostgreSQL ${shown.versions.postgresql}`}
            />
            <Figure
              label="Schema"
              value={shown.versions.schemaRevision}
              note={
                shown.versions.schemaRevision === shown.versions.schemaNeeded
                  ? "the one this Atlas needs"
                  : `this Atlas needs ${shown.versions.schemaNeeded}`
              }
            />
            <Figure
              label="Source mode"
              value={shown.mode}
              note={`set to ${shown.sourceMode}`}
              to="/connectors"
            />
            <Figure label="Database" value={size(shown.disk.bytes)} note={shown.disk.database} />
          </SimpleGrid>
          <Workers workers={shown.workers} />
          <Queues queues={shown.queues} />
          <Installed connectors={shown.connectors} />
          <Disk disk={shown.disk} />
          <Section title="Packages">
            <Text size="sm">
              {Object.entries(shown.versions.packages)
                .map(([name, version]) => `${name} ${version}`)
                .join(", ")}
            </Text>
          </Section>
        </Stack>
      )}
    </Loaded>
  );
}

function Workers({ workers }: { workers: SystemView["workers"] }) {
  return (
    <Section
      title="Workers"
      about="Processes that run jobs, on any machine that reaches the database."
    >
      {workers.length === 0 ? (
        <Empty title="No worker is there">
          Jobs wait until one is: <code>atlas worker</code>, or <code>atlas serve</code> without{" "}
          <code>--no-worker</code>.
        </Empty>
      ) : (
        <ListTable
          label="Workers"
          minWidth={640}
          heads={["Worker", "Host, process", "Queues", "Heartbeat", "Since", "Runs"]}
        >
          {workers.map((worker) => (
            <Table.Tr key={worker.workerId}>
              <Table.Td>{worker.workerId}</Table.Td>
              <Table.Td>
                {worker.host}, {worker.processId}
              </Table.Td>
              <Table.Td>{worker.queues.join(", ")}</Table.Td>
              <Table.Td>
                <Status
                  value={worker.isLiving ? "ok" : "dead"}
                  label={
                    worker.heartbeatAgeS === undefined
                      ? "none yet"
                      : `${lasting(worker.heartbeatAgeS)} ago`
                  }
                />
              </Table.Td>
              <Table.Td>
                <At at={worker.startedAt} />
              </Table.Td>
              <Table.Td>
                {worker.runs.length === 0
                  ? "nothing"
                  : worker.runs.map((run) => (
                      <Anchor key={run.jobId} to={`/jobs/${run.jobId}`} mr="xs">
                        job {run.jobId}
                      </Anchor>
                    ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </ListTable>
      )}
    </Section>
  );
}

function Queues({ queues }: { queues: SystemView["queues"] }) {
  return (
    <Section title="Queues" about="A queue with jobs and no worker that lives shows 0 workers.">
      <ListTable
        label="Queues"
        minWidth={560}
        heads={[
          "Queue",
          { text: "Running", ta: "right" },
          { text: "Waiting", ta: "right" },
          { text: "Later", ta: "right" },
          { text: "Held back", ta: "right" },
          { text: "Oldest waits for", ta: "right" },
          { text: "Workers", ta: "right" },
        ]}
      >
        {queues.map((queue) => (
          <Table.Tr key={queue.queue}>
            <Table.Td>{queue.queue}</Table.Td>
            <Table.Td ta="right">
              <Anchor to="/jobs?status=running">{count(queue.running)}</Anchor>
            </Table.Td>
            <Table.Td ta="right">
              <Anchor to="/jobs?status=pending">{count(queue.waiting)}</Anchor>
            </Table.Td>
            <Table.Td ta="right">{count(queue.later)}</Table.Td>
            <Table.Td ta="right">{count(queue.heldBack)}</Table.Td>
            <Table.Td ta="right">
              {queue.oldestWaitingS === undefined ? "–" : lasting(queue.oldestWaitingS)}
            </Table.Td>
            <Table.Td ta="right">{queue.workers}</Table.Td>
          </Table.Tr>
        ))}
      </ListTable>
    </Section>
  );
}

function Installed({ connectors }: { connectors: SystemView["connectors"] }) {
  return (
    <Section title="Connectors that have run">
      {connectors.length === 0 ? (
        <Text size="sm" c="dimmed">
          None yet.
        </Text>
      ) : (
        <ListTable
          label="Connectors that have run"
          minWidth={560}
          heads={["Connector", "Version", "Python", "SHA-256", "Installed"]}
        >
          {connectors.map((connector) => (
            <Table.Tr key={connector.name}>
              <Table.Td>
                <Anchor to={`/connectors?q=${encodeURIComponent(connector.name)}`}>
                  {connector.name}
                </Anchor>
              </Table.Td>
              <Table.Td>{connector.version}</Table.Td>
              <Table.Td>{connector.python}</Table.Td>
              <Table.Td ff="monospace" fz="xs" title={connector.sha256}>
                {connector.sha256.slice(0, 12)}
              </Table.Td>
              <Table.Td>
                <At at={connector.installedAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </ListTable>
      )}
    </Section>
  );
}

function Disk({ disk }: { disk: SystemView["disk"] }) {
  return (
    <Section title="What the database takes">
      <ListTable
        label="What the database takes"
        minWidth={480}
        heads={[
          "Schema",
          { text: "Tables", ta: "right" },
          { text: "Rows", ta: "right" },
          { text: "Indexes", ta: "right" },
          { text: "Else", ta: "right" },
        ]}
      >
        {disk.schemas.map((schema) => (
          <Table.Tr key={schema.name}>
            <Table.Td>{schema.name}</Table.Td>
            <Table.Td ta="right">{count(schema.tables)}</Table.Td>
            <Table.Td ta="right">{size(schema.tableBytes)}</Table.Td>
            <Table.Td ta="right">{size(schema.indexBytes)}</Table.Td>
            <Table.Td ta="right">{size(schema.otherBytes)}</Table.Td>
          </Table.Tr>
        ))}
      </ListTable>
    </Section>
  );
}

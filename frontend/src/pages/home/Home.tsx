import { Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";

import { $api } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Empty } from "@/parts/Empty";
import { Figure } from "@/parts/Figure";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { Status } from "@/parts/Status";
import { troublePath } from "@/parts/troublePath";
import { compact, count, many } from "@/parts/words";
import { useMaySomewhere } from "@/session/session";

import { Freshness } from "./Freshness";
import { HeatMap } from "./HeatMap";
import { TROUBLES } from "./troubles";

/** What is broken, late, unsafe or waiting; how fresh and how much; and what runs now. */
export function Home() {
  const query = $api.useQuery(
    "get",
    "/v1/overview",
    { params: { query: { limit: 100 } } },
    { refetchInterval: 5_000 },
  );
  const mayMake = useMaySomewhere("editor");
  return (
    <Page title="Home">
      <Loaded query={query} lines={8}>
        {(overview) => {
          const { counts, connections, running } = overview;
          if (counts.connections === 0) {
            return (
              <Empty title="No connection yet">
                A connection reads a source into the three layers.{" "}
                {mayMake ? (
                  <Anchor to="/connections/new">Make the first one</Anchor>
                ) : (
                  "Somebody with the role editor can make one."
                )}
              </Empty>
            );
          }
          const troubled = connections.filter((connection) => connection.troubles.length > 0);
          return (
            <Stack gap="xl">
              <SimpleGrid cols={{ base: 2, md: 5 }}>
                {TROUBLES.map(({ kind, title, about, color }) => (
                  <Figure
                    key={kind}
                    label={title}
                    value={count(counts[kind])}
                    note={about}
                    to={`/connections?trouble=${kind}`}
                    color={
                      counts[kind]
                        ? `light-dark(var(--mantine-color-${color}-8), var(--mantine-color-${color}-4))`
                        : undefined
                    }
                  />
                ))}
                <Figure
                  label="Untroubled"
                  value={count(counts.untroubled)}
                  note={`of ${many(counts.connections, "connection")}, ${count(counts.active)} active`}
                  to="/connections?trouble=none"
                />
              </SimpleGrid>

              {troubled.length > 0 && (
                <section aria-labelledby="troubles">
                  <Title order={2} size="h4" mb="sm" id="troubles">
                    What needs somebody
                  </Title>
                  <Stack gap="xs">
                    {troubled.map((connection) => (
                      <Card key={connection.connectionId} withBorder padding="sm">
                        <Group justify="space-between" align="flex-start" gap="xs">
                          <Stack gap={6} style={{ flex: "1 1 420px" }}>
                            <Anchor
                              to={`/connections/${connection.connectionId}`}
                              fw={600}
                              w="fit-content"
                            >
                              {connection.name}
                            </Anchor>
                            {connection.troubles.map((trouble, place) => (
                              <Group key={place} gap="xs" wrap="nowrap" align="flex-start">
                                <Status value={trouble.kind} />
                                <Text size="sm">
                                  <Anchor to={troublePath(connection.connectionId, trouble)}>
                                    {trouble.detail}
                                  </Anchor>
                                  {trouble.since && (
                                    <Text span c="dimmed">
                                      {" "}
                                      since <At at={trouble.since} />
                                    </Text>
                                  )}
                                </Text>
                              </Group>
                            ))}
                          </Stack>
                        </Group>
                      </Card>
                    ))}
                  </Stack>
                </section>
              )}

              <section aria-labelledby="running">
                <Title order={2} size="h4" mb="sm" id="running">
                  Running now
                </Title>
                {running.length === 0 ? (
                  <Text c="dimmed" size="sm">
                    No job is running or waiting.
                  </Text>
                ) : (
                  <Stack gap="xs">
                    {running.map((job) => (
                      <Group key={job.jobId} gap="sm">
                        <Status value={job.status} />
                        <Anchor to={`/jobs/${job.jobId}`}>
                          Job {job.jobId}: {job.jobType} of {job.connection}
                        </Anchor>
                        {job.rowsSynced !== undefined && (
                          <Text size="sm">{compact(job.rowsSynced)} records so far</Text>
                        )}
                        <Text size="sm" c="dimmed">
                          {job.startedAt ? "since " : "asked for "}
                          <At at={job.startedAt ?? job.createdAt} />
                        </Text>
                      </Group>
                    ))}
                  </Stack>
                )}
              </section>

              <section aria-labelledby="freshness">
                <Title order={2} size="h4" mb="sm" id="freshness">
                  Freshness and volume
                </Title>
                <Freshness connections={connections} />
                <Title order={3} size="h5" mt="lg" mb="xs">
                  Streams
                </Title>
                <HeatMap connections={connections} />
                {overview.found > connections.length && (
                  <Text size="sm" mt="xs">
                    <Anchor to="/connections">All {count(overview.found)} connections</Anchor>
                  </Text>
                )}
              </section>
            </Stack>
          );
        }}
      </Loaded>
    </Page>
  );
}

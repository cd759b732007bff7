import { Group, Paper, Stack, Text } from "@mantine/core";

import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { listPath } from "@/parts/datasets";
import { Status } from "@/parts/Status";
import { count, percent } from "@/parts/words";

import type { PassportProps } from "./Passport";

/** The promotions that published a row: what was measured and checked in their range, and told to lineage. */
export function Promotions({ dataset, passport }: PassportProps) {
  const { connectionId, stream, namespace } = dataset;
  if (passport.promotions.length === 0)
    return <Text size="sm">No promotion has published a record of it.</Text>;
  return (
    <Stack>
      {passport.promotions.map((promotion) => (
        <Paper key={promotion.promotionId} withBorder p="md">
          <Stack gap="xs">
            <Group gap="lg">
              <Text fw={600} size="sm">
                Promotion {promotion.promotionId}
              </Text>
              <Text size="sm">
                <At at={promotion.recordedAt} />, by job{" "}
                <Anchor to={`/jobs/${promotion.jobId}`} size="sm">
                  {promotion.jobId}
                </Anchor>
              </Text>
              <Anchor
                size="sm"
                to={listPath("/lineage", { view: "events", runId: promotion.lineage.runId })}
              >
                Lineage run
              </Anchor>
            </Group>
            <Group gap="md">
              {promotion.scores.map((score) => (
                <Text key={score.dimension} size="sm">
                  {score.dimension}{" "}
                  {score.score === undefined
                    ? "not measured"
                    : `${percent(score.score)} of ${count(score.measured)}`}
                </Text>
              ))}
            </Group>
            <Group gap="xs">
              {promotion.checks.map((check) => (
                <Group key={`${check.check} ${check.column}`} gap={4}>
                  <Status value={check.outcome} />
                  <Anchor
                    size="sm"
                    to={listPath("/quality", {
                      view: "checks",
                      connectionId,
                      stream,
                      namespace,
                      check: check.check,
                    })}
                  >
                    {check.check}
                  </Anchor>
                </Group>
              ))}
              {promotion.checks.length === 0 && <Text size="sm">No check ran on its range.</Text>}
            </Group>
            <Group gap="xs">
              {promotion.lineage.events.map((event) => (
                <Anchor
                  key={event.eventId}
                  size="sm"
                  to={listPath("/lineage", { view: "events", event: String(event.eventId) })}
                >
                  {event.eventType} <At at={event.createdAt} />
                </Anchor>
              ))}
            </Group>
          </Stack>
        </Paper>
      ))}
    </Stack>
  );
}

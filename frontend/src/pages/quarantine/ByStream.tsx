import { Stack, Text, Title } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";

import { answered, api, type Schemas } from "@/api/client";
import { datasetTitle } from "@/parts/datasets";
import { Loaded } from "@/parts/Loaded";

import { RuleTable } from "./RuleTable";

const MOST_STREAMS = 40;

/** The rules of each stream of a connection: the API counts by rule, so each stream is asked for by itself. */
export function ByStream({ connection }: { connection: Schemas["ConnectionView"] }) {
  const { connectionId } = connection;
  const streams = connection.configurations.streams;
  const asked = useQueries({
    queries: streams.slice(0, MOST_STREAMS).map(({ name, namespace }) => ({
      queryKey: ["quarantine", "of stream", connectionId, name, namespace],
      queryFn: () =>
        answered(
          api.GET("/v1/quarantine", {
            params: { query: { connectionId, stream: name, namespace: namespace ?? "", limit: 1 } },
          }),
        ),
    })),
  });
  const waiting = asked.find((one) => one.data === undefined);
  if (waiting) return <Loaded query={waiting}>{() => null}</Loaded>;
  const found = streams
    .slice(0, MOST_STREAMS)
    .map((stream, place) => ({ stream, rules: asked[place]?.data?.rules ?? [] }))
    .filter(({ rules }) => rules.length > 0);
  return (
    <Stack gap="md">
      {streams.length > MOST_STREAMS && (
        <Text size="sm" c="dimmed">
          The first {MOST_STREAMS} of {streams.length} streams. Name another above.
        </Text>
      )}
      {found.map(({ stream, rules }) => {
        const title = datasetTitle({ stream: stream.name, namespace: stream.namespace });
        return (
          <Stack key={title} gap={4}>
            <Title order={2} size="h5">
              {title}
            </Title>
            <RuleTable
              label={`Rules of ${title}`}
              counts={rules}
              filters={{ connectionId, stream: stream.name, namespace: stream.namespace }}
            />
          </Stack>
        );
      })}
    </Stack>
  );
}

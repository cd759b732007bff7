import { Code, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { answered, api } from "@/api/client";
import { useFilters } from "@/parts/filters";
import { RawJson } from "@/parts/RawJson";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";

import { picked } from "./picked";
import { differencesIn } from "./written";

const LOOKS: Record<string, string> = { changed: "warn", added: "ok", removed: "fail" };

/** What differs between the two versions that are chosen, stream by stream. */
export function Diff({ connectionId }: { connectionId: string }) {
  const [filters] = useFilters("compare");
  const [from, to] = picked(filters.compare);
  const query = useQuery({
    queryKey: ["state diff", connectionId, from, to],
    queryFn: async () =>
      differencesIn(
        await answered(
          api.GET("/v1/connections/{connectionId}/state/diff", {
            parseAs: "text",
            params: { path: { connectionId }, query: { from: from ?? 1, to: to ?? 1 } },
          }),
        ),
      ),
    enabled: from !== undefined && to !== undefined,
  });
  if (from === undefined || to === undefined) return null;
  return (
    <Stack gap="sm" aria-live="polite">
      <Text fw={600}>
        From version {from} to version {to}
      </Text>
      <Loaded query={query}>
        {(data) => (
          <>
            {data.length === 0 && <Text size="sm">Neither has a state.</Text>}
            {data.map((one) => (
              <Difference key={one.stream ?? "all"} one={one} />
            ))}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Difference({ one }: { one: ReturnType<typeof differencesIn>[number] }) {
  const name = one.stream ?? "all streams together";
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Status value={LOOKS[one.status] ?? "pending"} label={one.status} />
        {one.paths.map((path) => (
          <Code key={path}>{path}</Code>
        ))}
      </Group>
      {one.status !== "same" && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <RawJson text={one.texts.before} label={`${name} before`} height={240} />
          <RawJson text={one.texts.after} label={`${name} after`} height={240} />
        </SimpleGrid>
      )}
    </Stack>
  );
}

import { Group, Paper, Progress, SimpleGrid, Text } from "@mantine/core";

import { Anchor } from "@/parts/Anchor";
import { count, percent } from "@/parts/words";

import { Change } from "./Change";
import { ScoreSpark } from "./ScoreSpark";
import { lowestFirst, type Score } from "./scores";

/** A dataset's scores, the lowest first, each with what it rests on. */
export function DatasetScores({ scores }: { scores: Score[] }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
      {lowestFirst(scores).map((score) => (
        <Paper key={score.dimension} withBorder p="md">
          <Text size="sm" c="dimmed" tt="capitalize">
            {score.dimension}
          </Text>
          <Group justify="space-between">
            <Text fz={24} fw={650}>
              {score.score === undefined ? "not measured" : percent(score.score)}
            </Text>
            <ScoreSpark dataset={score} dimension={score.dimension} />
          </Group>
          {score.score !== undefined && (
            <Progress.Root size={6} my={4} aria-hidden>
              <Progress.Section value={score.score * 100} withAria={false} />
            </Progress.Root>
          )}
          <Text size="xs" c="dimmed">
            {score.method}
            {score.score !== undefined && `; measured over ${count(score.measured)}`}
          </Text>
          <Text size="xs">
            {score.score !== undefined && <Change change={score.change} />}{" "}
            <Anchor to={`/jobs/${score.jobId}`} size="xs">
              job {score.jobId}
            </Anchor>
          </Text>
        </Paper>
      ))}
    </SimpleGrid>
  );
}

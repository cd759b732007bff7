import { Text } from "@mantine/core";

/** How a score has changed since the job before. Units: points of a hundred. */
export function Change({ change }: { change: number | undefined }) {
  if (change === undefined)
    return (
      <Text span size="xs" c="dimmed">
        nothing before to compare with
      </Text>
    );
  const points = Math.round(Math.abs(change) * 1000) / 10;
  if (points === 0)
    return (
      <Text span size="xs" c="dimmed">
        as before
      </Text>
    );
  return (
    <Text span size="xs" c={change < 0 ? "red" : "teal"} fw={600}>
      {change < 0 ? "▼" : "▲"} {points} points {change < 0 ? "lower" : "higher"} than before
    </Text>
  );
}

import { Group, Progress, Text } from "@mantine/core";

import { percent } from "./words";

/** A share as a short bar and its number. Units: 0..1. */
export function Share({
  share,
  label,
  color = "petrol",
}: {
  share: number;
  label: string;
  color?: string;
}) {
  return (
    <Group gap={6} wrap="nowrap">
      <Progress.Root size={6} w={48} aria-hidden>
        <Progress.Section value={share * 100} color={color} withAria={false} />
      </Progress.Root>
      <Text size="sm" style={{ whiteSpace: "nowrap" }} title={label}>
        {percent(share)}
      </Text>
    </Group>
  );
}

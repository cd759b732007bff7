import { SimpleGrid, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** What is known of one thing, as names with their values; a value that is not there is left out. */
export function Facts({
  facts,
  cols = { base: 1, sm: 2, lg: 3 },
}: {
  facts: [name: string, value: ReactNode][];
  cols?: Record<string, number>;
}) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return (
    <SimpleGrid cols={cols} component="dl" m={0} spacing="lg" verticalSpacing="sm">
      {known.map(([name, value]) => (
        <div key={name} style={{ minWidth: 0 }}>
          <Text component="dt" size="xs" c="dimmed">
            {name}
          </Text>
          <Text component="dd" m={0} size="sm" style={{ overflowWrap: "anywhere" }}>
            {value}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}

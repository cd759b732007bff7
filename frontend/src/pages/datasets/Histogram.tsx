import { Group, Stack, Text, Tooltip } from "@mantine/core";

import { count } from "@/parts/words";

import classes from "./Histogram.module.css";
import { partsOf } from "./spreadParts";
import type { ProfiledColumn } from "./profiled";

const INSTANTS = ["date", "timestamp", "timestamptz"];

/** How a column's numbers or instants lie, in parts of equal width; nothing of any other column. */
export function Histogram({ column }: { column: ProfiledColumn }) {
  if (!column.spread) return null;
  const parts = partsOf(column.spread, INSTANTS.includes(column.type));
  const most = Math.max(...parts.map((part) => part.rows), 1);
  return (
    <Stack gap={4}>
      <div className={classes.bars} role="list" aria-label={`Distribution of ${column.name}`}>
        {parts.map((part) => {
          const said = `${part.from} to ${part.to}: ${count(part.rows)} rows`;
          return (
            <Tooltip key={part.from} label={said}>
              <span role="listitem" aria-label={said} className={classes.part}>
                <span
                  className={classes.bar}
                  style={{ height: `${Math.max((100 * part.rows) / most, part.rows ? 2 : 0)}%` }}
                />
              </span>
            </Tooltip>
          );
        })}
      </div>
      <Group justify="space-between">
        <Text size="xs">{column.spread.low}</Text>
        <Text size="xs">{column.spread.high}</Text>
      </Group>
      <Text size="xs" c="dimmed">
        {column.distinctEstimated ? "Estimated from " : "Of "}
        {count(column.countedRows ?? 0)} rows
      </Text>
    </Stack>
  );
}

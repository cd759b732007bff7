import { Group, Progress, Stack, Text } from "@mantine/core";

import { count, percent } from "@/parts/words";

import type { ProfiledColumn } from "./profiled";

/** The most frequent values with their shares, as a small chart of bars. */
export function TopValues({ column, most }: { column: ProfiledColumn; most: number }) {
  const { top, countedRows } = column;
  if (!top?.length || !countedRows) {
    return (
      <Text size="sm" c="dimmed">
        {column.valuesShown ? "–" : "not shown"}
      </Text>
    );
  }
  return (
    <Stack gap={1} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
      {top.slice(0, most).map(({ value, rows }) => (
        <Group key={value} gap={6} wrap="nowrap" component="li">
          <Progress.Root size={8} w={56} aria-hidden>
            <Progress.Section value={(100 * rows) / countedRows} withAria={false} />
          </Progress.Root>
          <Text
            size="xs"
            c="dimmed"
            w={52}
            style={{ whiteSpace: "nowrap" }}
            title={`${count(rows)} of ${count(countedRows)} rows`}
          >
            {percent(rows / countedRows)}
          </Text>
          <Text size="xs" lineClamp={1} maw={most > 3 ? 320 : 140}>
            {value === "" ? "(empty text)" : value}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}

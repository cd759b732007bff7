import { Paper, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** Where there is no data it says so, and what would bring some. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Paper withBorder p="xl">
      <Stack gap={4} align="center" ta="center">
        <Text fw={600}>{title}</Text>
        {children && (
          <Text size="sm" c="dimmed" maw={560} component="div" data-sentence>
            {children}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}

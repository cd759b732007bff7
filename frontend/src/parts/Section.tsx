import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** A part of a page with its name, what it is about, and what can be done with it. */
export function Section({
  title,
  about,
  acts,
  children,
}: {
  title: string;
  about?: ReactNode;
  acts?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section>
      <Group justify="space-between" align="flex-start" mb="sm">
        <div>
          <Title order={2} size="h4">
            {title}
          </Title>
          {about && (
            <Text size="sm" c="dimmed" component="div" maw={760}>
              {about}
            </Text>
          )}
        </div>
        {acts}
      </Group>
      <Stack gap="sm">{children}</Stack>
    </section>
  );
}

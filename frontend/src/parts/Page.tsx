import { Breadcrumbs, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

import { Anchor } from "./Anchor";

/** A page's head and body. `trail` leads back to where it belongs: [name, path] pairs. */
export function Page({
  title,
  about,
  trail = [],
  mark,
  acts,
  children,
}: {
  title: string;
  about?: ReactNode;
  trail?: [string, string][];
  mark?: ReactNode;
  acts?: ReactNode;
  children: ReactNode;
}) {
  useDocumentTitle(`${title} · Atlas`);
  return (
    <Stack gap="lg">
      <div>
        {trail.length > 0 && (
          <Breadcrumbs mb={4} fz="sm">
            {trail.map(([name, path]) => (
              <Anchor key={path} to={path} size="sm">
                {name}
              </Anchor>
            ))}
          </Breadcrumbs>
        )}
        <Group justify="space-between" align="flex-start">
          <Group gap="sm">
            <Title order={1} size="h2">
              {title}
            </Title>
            {mark}
          </Group>
          {acts && <Group gap="xs">{acts}</Group>}
        </Group>
        {about && (
          <Text c="dimmed" size="sm" mt={4} maw={860} component="div" data-sentence>
            {about}
          </Text>
        )}
      </div>
      {children}
    </Stack>
  );
}

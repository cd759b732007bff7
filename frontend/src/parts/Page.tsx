import { Breadcrumbs, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { type ReactNode, useEffect, useRef } from "react";
import { useLocation } from "react-router";

import { Anchor } from "./Anchor";

/** Where nobody has gone anywhere yet. */
const FIRST = "default";

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
  const heading = useRef<HTMLHeadingElement>(null);
  const { key } = useLocation();
  const arrived = useRef(key);
  useEffect(() => {
    // who cannot see the page is told that it is another one; nobody's focus is taken when it is opened first
    if (arrived.current !== FIRST) heading.current?.focus({ preventScroll: true });
  }, []);
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
            <Title order={1} size="h2" ref={heading} tabIndex={-1} style={{ outline: "none" }}>
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

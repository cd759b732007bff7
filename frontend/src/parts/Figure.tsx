import { Paper, Text, UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

/** A number with its name, that leads to what it is made of. */
export function Figure({
  label,
  value,
  note,
  to,
  color,
}: {
  label: string;
  value: ReactNode;
  note?: ReactNode;
  to?: string;
  color?: string | undefined;
}) {
  const content = (
    <Paper withBorder p="md" h="100%">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text fz={26} fw={650} c={color} style={{ fontVariantNumeric: "tabular-nums" }}>
        {value}
      </Text>
      {note && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </Paper>
  );
  if (!to) return content;
  return (
    <UnstyledButton component={Link} to={to} h="100%" style={{ display: "block" }}>
      {content}
    </UnstyledButton>
  );
}

import { ScrollArea, Table, Text, Tooltip } from "@mantine/core";
import { IconShieldLock } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { shownValue } from "./jsonText";

/** Rows with their values as they are; columns that are masked carry a sign. */
export function ValuesTable({
  label,
  rows,
  columns,
  masked,
  lead,
}: {
  label: string;
  rows: Record<string, unknown>[];
  columns: string[];
  masked: ReadonlySet<string>;
  /** A first cell for each row, with its header. */
  lead?: { header: string; cell: (row: Record<string, unknown>) => ReactNode };
}) {
  return (
    <ScrollArea.Autosize
      mah="70vh"
      type="auto"
      viewportProps={{ tabIndex: 0, role: "region", "aria-label": label }}
    >
      <Table stickyHeader striped withTableBorder verticalSpacing={4} fz="sm">
        <Table.Thead>
          <Table.Tr>
            {lead && <Table.Th>{lead.header}</Table.Th>}
            {columns.map((name) => (
              <Table.Th key={name} style={{ whiteSpace: "nowrap" }}>
                {name} {masked.has(name) && <MaskSign />}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, place) => (
            <Table.Tr key={place}>
              {lead && <Table.Td>{lead.cell(row)}</Table.Td>}
              {columns.map((name) => (
                <Table.Td key={name}>
                  <ValueText value={row[name]} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}

export function MaskSign() {
  return (
    <Tooltip label="Masked: its values are tokens">
      <IconShieldLock
        size={14}
        role="img"
        aria-label="masked"
        style={{ verticalAlign: "text-bottom" }}
      />
    </Tooltip>
  );
}

/** One value; null is told from a text that says null. */
export function ValueText({ value }: { value: unknown }) {
  const isNone = value === null || value === undefined;
  return (
    <Text
      size="sm"
      truncate
      maw={320}
      title={shownValue(value)}
      c={isNone ? "dimmed" : undefined}
      fs={isNone ? "italic" : undefined}
    >
      {shownValue(value)}
    </Text>
  );
}

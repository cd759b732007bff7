import { Table, type TableProps, type TableThProps } from "@mantine/core";
import type { ReactNode } from "react";

/** What heads a column; nothing where the column is left out. */
type Head = string | false | ({ text: string } & TableThProps);

interface Props extends Omit<TableProps, "children"> {
  /** What it lists, for who hears it. */
  label: string;
  heads: readonly Head[];
  minWidth: number;
  maxHeight?: number;
  children: ReactNode;
}

/** A table of a few rows: it scrolls within itself where the screen is narrower, by keyboard too. */
export function ListTable({ label, heads, minWidth, maxHeight, children, ...table }: Props) {
  return (
    <Table.ScrollContainer
      minWidth={minWidth}
      {...(maxHeight === undefined ? {} : { maxHeight })}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: "region", "aria-label": label } }}
    >
      <Table verticalSpacing={6} {...table}>
        <Table.Thead>
          <Table.Tr>{heads.map(headCell)}</Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function headCell(head: Head) {
  if (head === false) return null;
  const { text, ...rest } = typeof head === "string" ? { text: head } : head;
  return (
    <Table.Th key={text} {...rest}>
      {text}
    </Table.Th>
  );
}

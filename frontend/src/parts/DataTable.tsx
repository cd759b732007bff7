import { Group, Loader, Table, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import {
  type ColumnDef,
  flexRender,
  getCoreRowModel,
  getSortedRowModel,
  type Row,
  type SortingState,
  type Table as TanStackTable,
  useReactTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useState } from "react";

import type { More } from "@/api/paging";

import { MoreButton } from "./MoreButton";

import classes from "./DataTable.module.css";

export type Columns<T> = ColumnDef<T, unknown>[];

/** A row of one line, with its padding. */
const LINE_PX = 36;

interface Props<T> {
  label: string;
  rows: T[];
  columns: Columns<T>;
  /** Given where there is more to read on. */
  more?: More;
  /** Sorting happens here, over what has been read: leave it out where the API has more than that. */
  sortable?: boolean;
  height?: number | string;
  /** About how high a row is. Units: pixels. */
  rowHeight?: number;
  /** True while the last row is kept in sight. */
  follows?: boolean;
}

/** A table of any length: only what is seen is drawn, and more is read on the way down. */
export function DataTable<T>({
  label,
  rows,
  columns,
  more,
  sortable = false,
  height = "min(70vh, 760px)",
  rowHeight = LINE_PX,
  follows = false,
}: Props<T>) {
  const [sorting, setSorting] = useState<SortingState>([]);
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const table = useReactTable({
    data: rows,
    columns,
    state: { sorting },
    onSortingChange: setSorting,
    enableSorting: sortable,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
  });
  return (
    <div
      ref={setScroller}
      className={classes.scroller}
      style={{ maxHeight: height }}
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <Table stickyHeader aria-rowcount={rows.length}>
        <Head table={table} />
        <Body
          scroller={scroller}
          rows={table.getRowModel().rows}
          columns={columns}
          rowHeight={rowHeight}
          follows={follows}
          more={more}
        />
      </Table>
      {more?.isLoading && (
        <Group p="sm" justify="center" gap="xs">
          <Loader size="xs" />
          <Text size="sm" c="dimmed">
            Reading on
          </Text>
        </Group>
      )}
      {more?.isStopped && (
        <Group p="sm" justify="center">
          <MoreButton more={more} label="Read on" />
        </Group>
      )}
    </div>
  );
}

function Head<T>({ table }: { table: TanStackTable<T> }) {
  return (
    <Table.Thead>
      {table.getHeaderGroups().map((group) => (
        <Table.Tr key={group.id}>
          {group.headers.map((header) => (
            <Table.Th key={header.id} aria-sort={sortOf(header.column.getIsSorted())}>
              {header.column.getCanSort() ? (
                <UnstyledButton fz="sm" fw={700} onClick={header.column.getToggleSortingHandler()}>
                  <Group gap={4} wrap="nowrap">
                    {flexRender(header.column.columnDef.header, header.getContext())}
                    {header.column.getIsSorted() === "asc" && <IconArrowUp size={14} />}
                    {header.column.getIsSorted() === "desc" && <IconArrowDown size={14} />}
                  </Group>
                </UnstyledButton>
              ) : (
                flexRender(header.column.columnDef.header, header.getContext())
              )}
            </Table.Th>
          ))}
        </Table.Tr>
      ))}
    </Table.Thead>
  );
}

interface BodyProps<T> extends Required<Pick<Props<T>, "columns" | "rowHeight" | "follows">> {
  scroller: HTMLDivElement | null;
  rows: Row<T>[];
  more: Props<T>["more"];
}

/** What is drawn anew as somebody scrolls: this alone, and of it the rows that came into sight. */
function Body<T>({ scroller, rows, columns, rowHeight, follows, more }: BodyProps<T>) {
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  useEffect(() => {
    if (follows && rows.length > 0) virtual.scrollToIndex(rows.length - 1, { align: "end" });
  }, [follows, rows.length, virtual]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (more?.has && !more.isLoading && !more.isStopped && last >= rows.length - 20) more.load();
  }, [last, more, rows.length]);

  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <Table.Tbody>
      {before > 0 && <tr style={{ height: before }} aria-hidden />}
      {items.map(({ index }) => {
        const row = rows[index];
        return (
          row && (
            <DrawnRow
              key={row.id}
              row={row}
              columns={columns}
              index={index}
              height={Math.min(rowHeight, LINE_PX)}
              measure={virtual.measureElement}
            />
          )
        );
      })}
      {after > 0 && <tr style={{ height: after }} aria-hidden />}
    </Table.Tbody>
  );
}

interface RowProps<T> {
  row: Row<T>;
  columns: Columns<T>;
  index: number;
  height: number;
  measure: (element: HTMLTableRowElement | null) => void;
}

function AnyRow<T>({ row, index, height, measure }: RowProps<T>) {
  return (
    // a row of a line, as high as was estimated, moves no other when it is measured
    <tr ref={measure} data-index={index} className={classes.row} style={{ height }}>
      {row.getVisibleCells().map((cell) => (
        <td key={cell.id}>{flexRender(cell.column.columnDef.cell, cell.getContext())}</td>
      ))}
    </tr>
  );
}

// the table makes all of its rows anew when one is read on: what they are of is what stays
const DrawnRow = memo(
  AnyRow,
  (before, after) =>
    before.row.original === after.row.original &&
    before.row.index === after.row.index &&
    before.index === after.index &&
    before.columns === after.columns &&
    before.height === after.height,
) as typeof AnyRow;

function sortOf(sorted: false | "asc" | "desc"): "none" | "ascending" | "descending" {
  if (!sorted) return "none";
  return sorted === "asc" ? "ascending" : "descending";
}

import { Group, Loader, Table, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import {
  type ColumnDef,
  flexRender,
  getCoreRowModel,
  getSortedRowModel,
  type SortingState,
  useReactTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";

import classes from "./DataTable.module.css";

export type Columns<T> = ColumnDef<T, unknown>[];

interface Props<T> {
  label: string;
  rows: T[];
  columns: Columns<T>;
  /** Given where there is more to read on. */
  more?: { has: boolean; isLoading: boolean; load: () => void };
  /** Sorting happens here, over what has been read: leave it out where the API has more than that. */
  sortable?: boolean;
  height?: number | string;
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
  rowHeight = 44,
  follows = false,
}: Props<T>) {
  const [sorting, setSorting] = useState<SortingState>([]);
  const scroller = useRef<HTMLDivElement>(null);
  const table = useReactTable({
    data: rows,
    columns,
    state: { sorting },
    onSortingChange: setSorting,
    enableSorting: sortable,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
  });
  const shown = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  useEffect(() => {
    if (follows && shown.length > 0) virtual.scrollToIndex(shown.length - 1, { align: "end" });
  }, [follows, shown.length, virtual]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (more?.has && !more.isLoading && last >= shown.length - 20) more.load();
  }, [last, more, shown.length]);

  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div
      ref={scroller}
      className={classes.scroller}
      style={{ maxHeight: height }}
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <Table stickyHeader highlightOnHover verticalSpacing={6} aria-rowcount={shown.length}>
        <Table.Thead>
          {table.getHeaderGroups().map((group) => (
            <Table.Tr key={group.id}>
              {group.headers.map((header) => (
                <Table.Th key={header.id} aria-sort={sortOf(header.column.getIsSorted())}>
                  {header.column.getCanSort() ? (
                    <UnstyledButton
                      fz="sm"
                      fw={700}
                      onClick={header.column.getToggleSortingHandler()}
                    >
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
        <Table.Tbody>
          {before > 0 && <tr style={{ height: before }} aria-hidden />}
          {items.map((item) => {
            const row = shown[item.index];
            if (!row) return null;
            return (
              <Table.Tr key={row.id} data-index={item.index} ref={virtual.measureElement}>
                {row.getVisibleCells().map((cell) => (
                  <Table.Td key={cell.id}>
                    {flexRender(cell.column.columnDef.cell, cell.getContext())}
                  </Table.Td>
                ))}
              </Table.Tr>
            );
          })}
          {after > 0 && <tr style={{ height: after }} aria-hidden />}
        </Table.Tbody>
      </Table>
      {more?.isLoading && (
        <Group p="sm" justify="center" gap="xs">
          <Loader size="xs" />
          <Text size="sm" c="dimmed">
            Reading on
          </Text>
        </Group>
      )}
    </div>
  );
}

function sortOf(sorted: false | "asc" | "desc"): "none" | "ascending" | "descending" {
  if (!sorted) return "none";
  return sorted === "asc" ? "ascending" : "descending";
}

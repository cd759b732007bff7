import { Badge, Group, Select, Text } from "@mantine/core";
import { useMemo } from "react";

import type { Schemas } from "@/api/client";
import { useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import { useContract } from "@/parts/contract";
import { type Columns as Cells, DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { Overtaken } from "@/parts/Overtaken";
import { useMayOn } from "@/parts/useMayOn";
import { spoken } from "@/parts/words";

import { CONTRACTS } from "./growth";

type Column = Schemas["TableColumnView"] & { tag: string | undefined };

export function Columns({ connectionId }: { connectionId: string }) {
  const mayChange = useMayOn("editor", connectionId);
  const [filters, setFilter] = useFilters("stream");
  const query = useEdited(
    act("get", "/v1/connections/{connectionId}/columns", { path: { connectionId } }),
  );
  const cells = useMemo(() => cellsOf(connectionId, mayChange), [connectionId, mayChange]);
  return (
    <Loaded query={query} lines={8}>
      {({ value: { data }, tag }) => {
        const shown = data.filter((one) => !filters.stream || one.stream === filters.stream);
        return data.length === 0 ? (
          <Empty title="No column is known.">The first job makes them.</Empty>
        ) : (
          <>
            <ChoiceFilter
              label="Stream"
              w={260}
              searchable
              data={[...new Set(data.map((one) => one.stream))]}
              value={filters.stream}
              onChange={(stream) => setFilter("stream", stream)}
            />
            <DataTable
              label="Columns"
              rows={shown.map((one) => ({ ...one, tag }))}
              columns={cells}
              height={520}
            />
          </>
        );
      }}
    </Loaded>
  );
}

function cellsOf(connectionId: string, mayChange: boolean): Cells<Column> {
  return [
    { header: "Stream", cell: ({ row }) => row.original.stream },
    {
      header: "Field",
      cell: ({ row: { original: one } }) => (
        <>
          {[one.field, ...one.inner].join(".")}
          {one.formerly.length > 0 && (
            <Text size="xs" c="dimmed">
              formerly {one.formerly.map((path) => path.join(".")).join(", ")}
            </Text>
          )}
        </>
      ),
    },
    {
      header: "Column",
      cell: ({ row: { original: one } }) => (
        <>
          <code>{one.column}</code>
          <Text size="xs" c="dimmed">
            {one.table}
          </Text>
        </>
      ),
    },
    {
      header: "Type",
      cell: ({ row: { original: one } }) => (
        <Group gap={4} wrap="nowrap">
          <code>{one.type}</code>
          {one.required && (
            <Badge variant="outline" size="xs" tt="none">
              required
            </Badge>
          )}
        </Group>
      ),
    },
    { header: "Since version", cell: ({ row }) => row.original.sinceVersion },
    {
      header: "Contract",
      cell: ({ row: { original: one } }) =>
        mayChange ? (
          <Contract key={`${one.table}.${one.column}`} connectionId={connectionId} column={one} />
        ) : (
          <Text size="sm">
            {spoken(one.contract)}: {CONTRACTS[one.contract]}
          </Text>
        ),
    },
    {
      header: "What did not fit",
      cell: ({ row }) => (row.original.variant ? <code>{row.original.variant}</code> : "–"),
    },
  ];
}

function Contract({ connectionId, column }: { connectionId: string; column: Column }) {
  const form = useContract(connectionId, column, column.tag);
  const { contract } = form.draft;
  return (
    <>
      <Group gap={4} wrap="nowrap">
        <Select
          aria-label={`Contract of ${column.column}`}
          size="xs"
          w={150}
          allowDeselect={false}
          data={Object.keys(CONTRACTS).map((value) => ({ value, label: spoken(value) }))}
          renderOption={({ option }) => (
            <div>
              <Text size="sm">{option.label}</Text>
              <Text size="xs" c="dimmed">
                {CONTRACTS[option.value as keyof typeof CONTRACTS]}
              </Text>
            </div>
          )}
          comboboxProps={{ width: 320, position: "bottom-start" }}
          value={contract}
          onChange={(value) => value && form.change({ contract: value as typeof contract })}
        />
        {form.isDirty && !form.isOvertaken && (
          <Act
            size="compact-xs"
            request={form.request}
            done={`${column.column} ${CONTRACTS[contract]}`}
            onDone={form.saved}
          >
            Keep
          </Act>
        )}
      </Group>
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
    </>
  );
}

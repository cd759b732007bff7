import { Group, Stack, Text } from "@mantine/core";
import { useMemo } from "react";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { type Columns, DataTable } from "@/parts/DataTable";
import { listPath } from "@/parts/datasets";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";
import { count } from "@/parts/words";
import { useMay } from "@/session/session";

import { named, type Standing } from "./named";
import { RenameStream } from "./RenameStream";
import { RenameTables } from "./RenameTables";

/** What stands of each stream in PostgreSQL, and what can be done with it. */
export function StreamTables({ connection }: { connection: Schemas["ConnectionView"] }) {
  const mayChange = useMay("editor", connection.workspaceId);
  const mayDrop = useMay("admin", connection.workspaceId);
  const { connectionId } = connection;
  const query = $api.useQuery("get", "/v1/connections/{connectionId}/tables", {
    params: { path: { connectionId } },
  });
  const columns = useMemo(
    () => columnsOf(connectionId, mayChange, mayDrop),
    [connectionId, mayChange, mayDrop],
  );
  return (
    <Loaded query={query} lines={6}>
      {({ data }) =>
        data.length === 0 ? (
          <Empty title="Nothing stands yet.">The first job makes the tables.</Empty>
        ) : (
          <DataTable label="Tables" rows={data} columns={columns} rowHeight={90} height={560} />
        )
      }
    </Loaded>
  );
}

function columnsOf(id: string, mayChange: boolean, mayDrop: boolean): Columns<Standing> {
  const shown: Columns<Standing> = [
    {
      header: "Stream",
      cell: ({ row: { original: one } }) => (
        <Stack gap={4}>
          <Text size="sm" fw={600}>
            {one.namespace ? `${one.namespace}.${one.stream}` : one.stream}
          </Text>
          <Status
            value={one.read ? "active" : "inactive"}
            label={one.read ? "is read" : "not read"}
          />
        </Stack>
      ),
    },
    {
      header: "Tables",
      cell: ({ row: { original: one } }) =>
        one.tables.map((table) => (
          <Text key={table.table} size="xs">
            <code>{table.table}</code>{" "}
            {table.rows == null
              ? "view"
              : `${table.estimated ? "about " : ""}${count(table.rows)} rows`}
          </Text>
        )),
    },
    {
      header: "Quarantined",
      cell: ({ row: { original: one } }) => (
        <Anchor
          to={listPath("/quarantine", {
            connectionId: id,
            stream: one.stream,
            namespace: one.namespace,
          })}
          size="sm"
        >
          {count(one.quarantined)}
        </Anchor>
      ),
    },
    {
      header: "State",
      cell: ({ row: { original: one } }) => (
        <Anchor to={`/connections/${id}/state`} size="sm">
          {one.state ? "kept" : "none"}
        </Anchor>
      ),
    },
    {
      header: "Read by views of others",
      cell: ({ row }) => row.original.dependents.join(", ") || "none",
    },
  ];
  if (!mayChange) return shown;
  return [
    ...shown,
    {
      id: "acts",
      header: "Acts",
      cell: ({ row: { original: one } }) => (
        <Group gap="xs">
          <LeaveOut id={id} one={one} />
          <RenameTables id={id} one={one} />
          <RenameStream id={id} one={one} />
          {mayDrop && !one.read && <Drop id={id} one={one} />}
        </Group>
      ),
    },
  ];
}

function LeaveOut({ id, one }: { id: string; one: Standing }) {
  return (
    <Act
      size="compact-xs"
      variant="default"
      request={act("post", "/v1/connections/{connectionId}/streams", {
        path: { connectionId: id },
        body: { ...named(one), read: !one.read },
      })}
      done={one.read ? `${one.stream} is read no more` : `${one.stream} is read again`}
    >
      {one.read ? "Leave out" : "Take up again"}
    </Act>
  );
}

function Drop({ id, one }: { id: string; one: Standing }) {
  return (
    <Act
      size="compact-xs"
      variant="light"
      color="red"
      request={act("post", "/v1/connections/{connectionId}/tables/drop", {
        path: { connectionId: id },
        body: { streams: [named(one)] },
      })}
      done={`The tables of ${one.stream} are gone`}
      confirm={{
        title: `Drop the tables of ${one.stream}`,
        label: "Drop them",
        danger: true,
        typeName: one.stream,
        content: (
          <Stack gap={4}>
            <Text size="sm">
              They go for good, with history, {count(one.quarantined)} records in quarantine
              {one.state ? ", and the state" : ""}. The books stay.
            </Text>
            {one.tables.map((table) => (
              <Text key={table.table} size="sm">
                <code>{table.table}</code> {table.rows == null ? "" : `${count(table.rows)} rows`}
              </Text>
            ))}
            {one.dependents.length > 0 && (
              <Text size="sm" c="red">
                Views of others read them: {one.dependents.join(", ")}
              </Text>
            )}
          </Stack>
        ),
      }}
    >
      Drop
    </Act>
  );
}

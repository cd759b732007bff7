import { List, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";

import { $api } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Loaded } from "@/parts/Loaded";

import { named, type Standing } from "./named";

/** Another name for a stream's tables. */
export function RenameTables({ id, one }: { id: string; one: Standing }) {
  const [table, setTable] = useState("");
  const body = { ...named(one), table };
  return (
    <Act
      size="compact-xs"
      variant="default"
      request={act("post", "/v1/connections/{connectionId}/tables/rename", {
        path: { connectionId: id },
        body,
      })}
      done="The tables have their new name"
      confirm={{
        title: `Rename the tables of ${one.stream}`,
        label: "Rename them",
        isReady: table.trim() !== "",
        content: (
          <Stack gap="sm">
            <TextInput
              label="Name of chart's table"
              description="The others follow it; views of others go on."
              value={table}
              onChange={(event) => setTable(event.currentTarget.value)}
            />
            {table && <Preview id={id} body={body} />}
          </Stack>
        ),
      }}
    >
      Rename tables
    </Act>
  );
}

function Preview({ id, body }: { id: string; body: ReturnType<typeof named> & { table: string } }) {
  const [settled] = useDebouncedValue(body, 400);
  const query = $api.useQuery(
    "post",
    "/v1/connections/{connectionId}/tables/rename/preview",
    { params: { path: { connectionId: id } }, body: settled },
    { retry: false, staleTime: 0 },
  );
  return (
    <Loaded query={query}>
      {({ tables }) => (
        <List size="sm">
          {Object.entries(tables).map(([before, after]) => (
            <List.Item key={before}>
              <code>{before}</code> becomes <code>{after}</code>
            </List.Item>
          ))}
          {Object.keys(tables).length === 0 && <Text size="sm">Nothing would change.</Text>}
        </List>
      )}
    </Loaded>
  );
}

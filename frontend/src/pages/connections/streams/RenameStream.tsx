import { Group, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Loaded } from "@/parts/Loaded";
import { count } from "@/parts/words";

import { named, type Standing } from "./named";

/** Following a source that calls a stream otherwise by now. */
export function RenameStream({ id, one }: { id: string; one: Standing }) {
  const [newName, setName] = useState("");
  const [newNamespace, setNamespace] = useState(one.namespace ?? "");
  const body = { ...named(one), newName, ...(newNamespace ? { newNamespace } : {}) };
  return (
    <Act
      size="compact-xs"
      variant="default"
      request={act("post", "/v1/connections/{connectionId}/streams/rename", {
        path: { connectionId: id },
        body,
      })}
      done={`${one.stream} is read as ${newName}`}
      confirm={{
        title: `Another name for ${one.stream}`,
        label: "Follow the source",
        isReady: newName.trim() !== "",
        content: (
          <Stack gap="sm">
            <Text size="sm">
              Where the source calls the stream otherwise by now: it goes on into the same tables,
              read from its beginning.
            </Text>
            <Group grow>
              <TextInput
                label="What the source calls it"
                value={newName}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <TextInput
                label="Namespace"
                description="Empty is none."
                inputWrapperOrder={["label", "input", "description"]}
                value={newNamespace}
                onChange={(event) => setNamespace(event.currentTarget.value)}
              />
            </Group>
            {newName && <Preview id={id} body={body} />}
          </Stack>
        ),
      }}
    >
      Rename stream
    </Act>
  );
}

function Preview({ id, body }: { id: string; body: Schemas["StreamRenameBody"] }) {
  const [settled] = useDebouncedValue(body, 400);
  const query = $api.useQuery(
    "post",
    "/v1/connections/{connectionId}/streams/rename/preview",
    { params: { path: { connectionId: id } }, body: settled },
    { retry: false, staleTime: 0 },
  );
  return (
    <Loaded query={query}>
      {(after) => (
        <div>
          <Text size="sm" fw={600}>
            What it would be then
          </Text>
          {after.tables.map((table) => (
            <Text key={table.table} size="sm">
              <code>{table.table}</code>{" "}
              {table.rows == null
                ? ""
                : `${table.estimated ? "about " : ""}${count(table.rows)} rows`}
            </Text>
          ))}
          <Text size="sm">
            {after.state ? "Its state stays." : "It has no state: all is read."}
          </Text>
        </div>
      )}
    </Loaded>
  );
}

import { Group, Select, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { WaiverTable } from "@/pages/quarantine/WaiverTable";
import { Act } from "@/parts/Act";
import { Loaded } from "@/parts/Loaded";
import { useMay } from "@/session/session";

import { idOf } from "../streams/choice";

type Connection = Schemas["ConnectionView"];

export function Waivers({ connection }: { connection: Connection }) {
  const mayChange = useMay("editor", connection.workspaceId);
  const { connectionId } = connection;
  const query = $api.useQuery("get", "/v1/connections/{connectionId}/waivers", {
    params: { path: { connectionId } },
  });
  return (
    <>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <Text size="sm" c="dimmed">
              No rule is waived.
            </Text>
          ) : (
            <WaiverTable connectionId={connectionId} waivers={data} mayChange={mayChange} />
          )
        }
      </Loaded>
      {mayChange && <Waive connection={connection} />}
    </>
  );
}

function Waive({ connection }: { connection: Connection }) {
  const { streams } = connection.configurations;
  const [id, setId] = useState<string | null>(null);
  const [kind, setKind] = useState("required");
  const [column, setColumn] = useState("");
  const stream = streams.find((one) => idOf(one) === id);
  return (
    <Group align="flex-end">
      <Select
        label="Stream"
        searchable
        data={streams.map((one) => ({ value: idOf(one), label: one.name }))}
        value={id}
        onChange={setId}
      />
      <Select
        label="Rule"
        w={260}
        allowDeselect={false}
        data={[
          { value: "required", label: "a value is required" },
          { value: "type", label: "the value fits its type, or is null" },
        ]}
        value={kind}
        onChange={(value) => value && setKind(value)}
      />
      <TextInput
        label="Column"
        value={column}
        onChange={(event) => setColumn(event.currentTarget.value)}
      />
      <Act
        variant="default"
        disabled={!stream || !column.trim()}
        request={act("post", "/v1/connections/{connectionId}/waivers", {
          path: { connectionId: connection.connectionId },
          body: {
            stream: stream?.name ?? "",
            ...(stream?.namespace ? { namespace: stream.namespace } : {}),
            rule: `${kind}:${column.trim()}`,
          },
        })}
        done="Records are good without it from the next job on"
        onDone={() => setColumn("")}
      >
        Waive it
      </Act>
    </Group>
  );
}

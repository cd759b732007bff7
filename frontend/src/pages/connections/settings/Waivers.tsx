import { Group, Select, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import { $api, type Schemas } from "@/api/client";
import { Act } from "@/parts/Act";
import { At } from "@/parts/At";
import { Loaded } from "@/parts/Loaded";
import { useMay } from "@/session/session";

import { idOf } from "../streams/choice";
import { waiverPath } from "./waiverPath";

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
            <Table.ScrollContainer minWidth={520}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Stream</Table.Th>
                    <Table.Th>Rule</Table.Th>
                    <Table.Th>Waived</Table.Th>
                    {mayChange && <Table.Th>Act</Table.Th>}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {data.map((waiver) => (
                    <Table.Tr key={`${waiver.stream}${waiver.rule}`}>
                      <Table.Td>{waiver.stream}</Table.Td>
                      <Table.Td>
                        <code>{waiver.rule}</code>
                      </Table.Td>
                      <Table.Td>
                        <At at={waiver.waivedAt} />, by {waiver.waivedBy}
                      </Table.Td>
                      {mayChange && (
                        <Table.Td>
                          <Act
                            size="compact-xs"
                            variant="default"
                            request={{ method: "delete", path: waiverPath(connectionId, waiver) }}
                            done="The rule holds again; rows that came in without it stay"
                          >
                            Let it hold again
                          </Act>
                        </Table.Td>
                      )}
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
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
        request={{
          method: "post",
          path: `/v1/connections/${connection.connectionId}/waivers`,
          body: {
            stream: stream?.name ?? "",
            ...(stream?.namespace ? { namespace: stream.namespace } : {}),
            rule: `${kind}:${column.trim()}`,
          },
        }}
        done="Records are good without it from the next job on"
        onDone={() => setColumn("")}
      >
        Waive it
      </Act>
    </Group>
  );
}

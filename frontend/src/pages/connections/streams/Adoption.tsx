import { Checkbox, List, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { allOf } from "@/api/all";
import { $api, answered, api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Loaded } from "@/parts/Loaded";
import { Section } from "@/parts/Section";
import { count } from "@/parts/words";

/** Taking over the tables of a deleted connection. It is shown only where there is one. */
export function Adoption({ connection }: { connection: Schemas["ConnectionView"] }) {
  const [from, setFrom] = useState<string | null>(null);
  const [withState, setWithState] = useState(false);
  const { data: deleted = [] } = useDeleted(connection.workspaceId);
  if (deleted.length === 0) return null;
  const id = connection.connectionId;
  const body = { fromConnectionId: from ?? "", withState };
  return (
    <Section
      title="Take over tables"
      about="Of a deleted connection, with history, quarantine and books; before the first job alone."
    >
      <Select
        label="Deleted connection"
        maw={420}
        searchable
        limit={60}
        data={deleted.map((one) => ({ value: one.connectionId, label: one.name }))}
        value={from}
        onChange={setFrom}
      />
      {from && (
        <Act
          variant="default"
          request={act("post", "/v1/connections/{connectionId}/adoption", {
            path: { connectionId: id },
            body,
          })}
          done="The tables are this connection's now"
          confirm={{
            title: "Take over tables",
            label: "Take them over",
            danger: true,
            typeName: connection.name,
            content: (
              <Stack gap="sm">
                <Checkbox
                  label="With its state"
                  description="To go on where it stood in its source."
                  checked={withState}
                  onChange={(event) => setWithState(event.currentTarget.checked)}
                />
                <Preview id={id} body={body} />
              </Stack>
            ),
          }}
        >
          Take over its tables
        </Act>
      )}
    </Section>
  );
}

function Preview({ id, body }: { id: string; body: Schemas["TableAdoptBody"] }) {
  const query = $api.useQuery(
    "post",
    "/v1/connections/{connectionId}/adoption/preview",
    { params: { path: { connectionId: id } }, body },
    { retry: false, staleTime: 0 },
  );
  return (
    <Loaded query={query}>
      {({ data }) =>
        data.length === 0 ? (
          <Text size="sm">No stream of this connection has a table there.</Text>
        ) : (
          <List size="sm">
            {data.map((one) => (
              <List.Item key={`${one.namespace ?? ""}.${one.stream}`}>
                {one.stream}:{" "}
                {one.tables.tables
                  .map(
                    (table) =>
                      `${table.table} (${table.rows == null ? "view" : count(table.rows)})`,
                  )
                  .join(", ")}
              </List.Item>
            ))}
          </List>
        )
      }
    </Loaded>
  );
}

function useDeleted(workspaceId: string) {
  return useQuery({
    queryKey: ["connections", "deleted", workspaceId],
    staleTime: 30_000,
    queryFn: async () => {
      const all = await allOf<Schemas["ConnectionView"]>((window) =>
        answered(
          api.GET("/v1/connections", { params: { query: { includeDeleted: true, ...window } } }),
        ),
      );
      return all.filter((one) => one.status === "deprecated" && one.workspaceId === workspaceId);
    },
  });
}

import { Group, List, ScrollArea, Text } from "@mantine/core";
import { useNavigate } from "react-router";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Loaded } from "@/parts/Loaded";
import { count } from "@/parts/words";

/** Pausing a connection, taking it up again, and deleting it. */
export function Ending({ connection }: { connection: Schemas["ConnectionView"] }) {
  const navigate = useNavigate();
  const path = { connectionId: connection.connectionId };
  const isPaused = connection.status === "inactive";
  return (
    <Group>
      <Act
        variant="default"
        request={act("patch", "/v1/connections/{connectionId}", {
          path,
          body: { status: isPaused ? "active" : "inactive" },
        })}
        done={isPaused ? "The connection goes on" : "The connection is paused"}
        {...(isPaused
          ? {}
          : {
              confirm: {
                title: "Pause the connection",
                label: "Pause it",
                content: (
                  <Text size="sm">
                    Its schedule starts nothing, nor can anybody else; a job that runs goes on.
                  </Text>
                ),
              },
            })}
      >
        {isPaused ? "Take it up again" : "Pause it"}
      </Act>
      <Act
        variant="light"
        color="red"
        request={act("delete", "/v1/connections/{connectionId}", { path })}
        done="The connection is deleted; its tables stay"
        onDone={() => void navigate("/connections")}
        confirm={{
          title: `Delete ${connection.name}`,
          label: "Delete it",
          danger: true,
          typeName: connection.name,
          content: <Left connectionId={connection.connectionId} />,
        }}
      >
        Delete it
      </Act>
    </Group>
  );
}

function Left({ connectionId }: { connectionId: string }) {
  const query = $api.useQuery("get", "/v1/connections/{connectionId}/tables", {
    params: { path: { connectionId } },
  });
  return (
    <Loaded query={query}>
      {({ data }) => (
        <>
          <Text size="sm">
            Its schedule stops, and a job that is not over is cancelled. These tables stay; another
            connection can take them over.
          </Text>
          <ScrollArea.Autosize
            mah={260}
            viewportProps={{ tabIndex: 0, "aria-label": "Tables that stay" }}
          >
            <List size="sm">
              {data.flatMap((stream) =>
                stream.tables.map((table) => (
                  <List.Item key={table.table}>
                    <code>{table.table}</code>{" "}
                    {table.rows == null ? "" : `${count(table.rows)} rows`}
                  </List.Item>
                )),
              )}
            </List>
          </ScrollArea.Autosize>
        </>
      )}
    </Loaded>
  );
}

import { Alert, Checkbox, Group, List, Radio, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";
import { count, many } from "@/parts/words";

import { importOf } from "./remotes";

type Connection = Schemas["RemoteConnectionView"];

/** A remote's connections: which are here already, and the others to be chosen and imported. */
export function There({ remoteId }: { remoteId: string }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [made, setMade] = useState<Schemas["ImportedView"][]>();
  const found = usePaged<Connection>(["remote connections", remoteId], (window) =>
    answered(
      api.GET("/v1/remotes/{remoteId}/connections", {
        params: { path: { remoteId }, query: window },
      }),
    ),
  );
  const columns = useMemo<Columns<Connection>>(
    () => [
      {
        header: "Choose",
        cell: ({ row: { original: one } }) =>
          one.connectionId === undefined ? (
            <Checkbox
              aria-label={`Choose ${one.name}`}
              checked={chosen.has(one.remoteConnectionId)}
              onChange={(event) => {
                const after = new Set(chosen);
                if (event.currentTarget.checked) after.add(one.remoteConnectionId);
                else after.delete(one.remoteConnectionId);
                setChosen(after);
              }}
            />
          ) : null,
      },
      { header: "Connection", cell: ({ row }) => row.original.name },
      { header: "Status there", cell: ({ row }) => <Status value={row.original.status} /> },
      { header: "Schedule there", cell: ({ row }) => row.original.schedule },
      { header: "Streams", cell: ({ row }) => count(row.original.streams) },
      {
        header: "Here",
        cell: ({ row: { original: one } }) =>
          one.connectionId === undefined ? (
            "not imported"
          ) : (
            <Anchor to={`/connections/${one.connectionId}/remote`}>imported</Anchor>
          ),
      },
    ],
    [chosen],
  );
  return (
    <Loaded query={found}>
      {() =>
        found.rows.length ? (
          <Stack>
            {made && <Imported made={made} />}
            <DataTable
              label="Connections there"
              rows={found.rows}
              columns={columns}
              more={found.more}
            />
            <Import
              remoteId={remoteId}
              found={found.rows}
              chosen={chosen}
              onDone={(data) => {
                setChosen(new Set());
                setMade(data);
              }}
            />
          </Stack>
        ) : (
          <Empty title="There is no connection there" />
        )
      }
    </Loaded>
  );
}

function Import({
  remoteId,
  found,
  chosen,
  onDone,
}: {
  remoteId: string;
  found: Connection[];
  chosen: ReadonlySet<string>;
  onDone: (made: Schemas["ImportedView"][]) => void;
}) {
  const [schedule, setSchedule] = useState<Schemas["ScheduleChoice"]>("remote");
  const body = importOf(found, chosen, schedule);
  const wanted = found.filter((one) => body.connectionIds?.includes(one.remoteConnectionId));
  return (
    <Group>
      <Act
        disabled={wanted.length === 0}
        request={act("post", "/v1/remotes/{remoteId}/imports", { path: { remoteId }, body })}
        onDone={({ data }) => onDone(data)}
        confirm={{
          title: `Import ${many(wanted.length, "connection")}`,
          label: "Import",
          content: (
            <Stack gap="sm">
              <List size="sm">
                {wanted.map((one) => (
                  <List.Item key={one.remoteConnectionId}>
                    {one.name}: {many(one.streams, "stream")}, {one.schedule}
                  </List.Item>
                ))}
              </List>
              <Text size="sm">
                Each becomes a connection here, with a source that has what the remote shows of its
                configuration; what it masks is not made up. Nothing is changed there.
              </Text>
              <Radio.Group
                label="Who starts its jobs"
                value={schedule}
                onChange={(value) => setSchedule(value as Schemas["ScheduleChoice"])}
              >
                <Stack gap={6} mt={6}>
                  <Radio value="remote" label="The remote, by its schedule, as before" />
                  <Radio
                    value="atlas"
                    label="Atlas, by the same schedule: set it to manual there, or both start it"
                  />
                </Stack>
              </Radio.Group>
            </Stack>
          ),
        }}
      >
        Import what is chosen
      </Act>
    </Group>
  );
}

/** What became of each, with why not where it was refused. */
function Imported({ made }: { made: Schemas["ImportedView"][] }) {
  const isRefused = made.some((one) => !one.connection);
  return (
    <Alert color={isRefused ? "yellow" : "teal"} title="What became of them">
      <List size="sm" data-sentence>
        {made.map((one) => (
          <List.Item key={one.remoteConnectionId}>
            {one.connection ? (
              <>
                <Anchor to={`/connections/${one.connection.connectionId}/remote`} size="sm">
                  {one.connection.name}
                </Anchor>{" "}
                is imported.
                {one.missing && one.missing.length > 0 && (
                  <> The remote does not give {one.missing.join(", ")}.</>
                )}
              </>
            ) : (
              <>
                {one.remoteConnectionId} is not: {one.detail}
              </>
            )}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

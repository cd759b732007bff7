import { Accordion, Button, Group, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import { answered, api, type Schemas } from "@/api/client";
import { download } from "@/parts/download";
import { Empty } from "@/parts/Empty";
import { RawJson } from "@/parts/RawJson";
import { Loaded } from "@/parts/Loaded";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { useMay } from "@/session/session";

import { fileName } from "./parsed";
import { SetState } from "./SetState";
import { useCurrentState } from "./useCurrentState";
import { fileText, type Written, writtenIn } from "./written";

type Connection = Schemas["ConnectionView"];

export function CurrentState({ connection }: { connection: Connection }) {
  const mayChange = useMay("editor", connection.workspaceId);
  const { connectionId } = connection;
  const query = useCurrentState(connectionId);
  return (
    <Loaded query={query}>
      {({ value: state }) =>
        state.version === undefined ? (
          <Empty title="No state was ever saved.">
            An incremental sync saves one with each landing.
          </Empty>
        ) : (
          <>
            <Text size="sm">
              Version {state.version}, of type {state.stateType}
            </Text>
            <Parts state={state} />
            <Group>
              <Export connection={connection} form="airbyte" label="Export in Airbyte's form" />
              <Export connection={connection} form="messages" label="Export as messages" />
              {mayChange && (
                <SetState
                  connection={connection}
                  wish={{ clear: true }}
                  title="Begin anew"
                  label="Clear the state"
                  color="red"
                />
              )}
            </Group>
          </>
        )
      }
    </Loaded>
  );
}

/** Shape: as text, for a number of it may be larger than a double holds. */
const stateOf = (connectionId: string, format: Schemas["StateForm"]): Promise<string> =>
  answered(
    api.GET("/v1/connections/{connectionId}/state", {
      parseAs: "text",
      params: { path: { connectionId }, query: { format } },
    }),
  );

function Parts({ state: { streams, whole } }: { state: Written }) {
  if (streams.length === 0) return <RawJson text={whole} label="State" />;
  return (
    <Accordion variant="contained" multiple>
      {streams.map(({ name, text }) => (
        <Accordion.Item key={name} value={name}>
          <Accordion.Control>
            <Group gap="xs" wrap="nowrap">
              <Text size="sm" fw={600}>
                {name}
              </Text>
              <Text size="xs" c="dimmed" truncate>
                {text}
              </Text>
            </Group>
          </Accordion.Control>
          <Accordion.Panel>
            <RawJson text={text} label={`State of ${name}`} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function Export({ connection, form, label }: ExportProps) {
  const { connectionId, name } = connection;
  const get = useMutation({
    mutationFn: () => stateOf(connectionId, form),
    onSuccess: (state) =>
      download(fileName(name, writtenIn(state).version), fileText(state, form), "application/json"),
  });
  return (
    <>
      <Button variant="default" loading={get.isPending} onClick={() => get.mutate()}>
        {label}
      </Button>
      <ProblemAlert problem={get.error} />
    </>
  );
}

interface ExportProps {
  connection: Connection;
  form: Schemas["StateForm"];
  label: string;
}

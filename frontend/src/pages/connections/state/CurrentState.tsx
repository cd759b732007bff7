import { Accordion, Button, Group, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import { $api, answered, api, type Schemas } from "@/api/client";
import { Empty } from "@/parts/Empty";
import { RawJson } from "@/parts/RawJson";
import { Loaded } from "@/parts/Loaded";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { useMay } from "@/session/session";

import { fileName } from "./parsed";
import { SetState } from "./SetState";

type Connection = Schemas["ConnectionView"];

export function CurrentState({ connection }: { connection: Connection }) {
  const mayChange = useMay("editor", connection.workspaceId);
  const { connectionId } = connection;
  const query = $api.useQuery("get", "/v1/connections/{connectionId}/state", {
    params: { path: { connectionId } },
  });
  return (
    <Loaded query={query}>
      {(state) =>
        state.version == null ? (
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

function Parts({ state }: { state: Schemas["StateView"] }) {
  const streams = state.streamState ?? [];
  if (streams.length === 0) {
    return (
      <RawJson text={JSON.stringify(state.globalState ?? state.state ?? null)} label="State" />
    );
  }
  return (
    <Accordion variant="contained" multiple>
      {streams.map((one) => {
        const { streamDescriptor: named, streamState } = one as OneStream;
        const name = [named?.namespace, named?.name].filter(Boolean).join(".");
        return (
          <Accordion.Item key={name} value={name}>
            <Accordion.Control>
              <Group gap="xs" wrap="nowrap">
                <Text size="sm" fw={600}>
                  {name}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {JSON.stringify(streamState)}
                </Text>
              </Group>
            </Accordion.Control>
            <Accordion.Panel>
              <RawJson text={JSON.stringify(streamState)} label={`State of ${name}`} />
            </Accordion.Panel>
          </Accordion.Item>
        );
      })}
    </Accordion>
  );
}

interface OneStream {
  streamDescriptor?: { name?: string; namespace?: string };
  streamState?: unknown;
}

function Export({ connection, form, label }: ExportProps) {
  const { connectionId, name } = connection;
  const get = useMutation({
    mutationFn: () =>
      answered(
        api.GET("/v1/connections/{connectionId}/state", {
          params: { path: { connectionId }, query: { format: form } },
        }),
      ),
    onSuccess: (state) => {
      const { version, messages, ...whole } = state;
      const content = form === "messages" ? messages : whole;
      const file = new Blob([JSON.stringify(content, null, 2)], { type: "application/json" });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = fileName(name, version);
      link.click();
      URL.revokeObjectURL(link.href);
    },
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

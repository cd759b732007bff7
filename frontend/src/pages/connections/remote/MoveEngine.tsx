import { Alert, Checkbox, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { Loaded } from "@/parts/Loaded";
import { many } from "@/parts/words";

type Engine = Schemas["Engine"];

const NAMES: Record<Engine, string> = {
  local: "Atlas's own engine",
  airbyte_cloud: "the remote",
};

/** Moves a connection to the other engine, after saying what that needs. */
export function MoveEngine({
  connection,
  engine,
}: {
  connection: Schemas["ConnectionView"];
  engine: Engine;
}) {
  const to: Engine = engine === "local" ? "airbyte_cloud" : "local";
  const [takesState, setTakesState] = useState(true);
  const [reason, setReason] = useState("");
  const [isReady, setReady] = useState(false);
  const wish = { engine: to, state: takesState ? ("take" as const) : ("leave" as const) };
  return (
    <Group>
      <Act
        variant="default"
        request={act("post", "/v1/connections/{connectionId}/engine", {
          path: { connectionId: connection.connectionId },
          body: { ...wish, reason: reason.trim() },
        })}
        done={(moved) =>
          `${NAMES[to]} moves it from now on; the state of ${many(moved.moved.length, "stream")} came along`
        }
        onDone={() => setReason("")}
        confirm={{
          title: `Move ${connection.name} to ${NAMES[to]}`,
          label: "Move it",
          typeName: connection.name,
          isReady: isReady && reason.trim() !== "",
          content: (
            <Stack gap="sm">
              {to === "local" && (
                <Checkbox
                  label="The remote's state comes along"
                  description="Without it the first sync reads everything."
                  checked={takesState}
                  onChange={(event) => setTakesState(event.currentTarget.checked)}
                />
              )}
              <Preview connection={connection} wish={wish} onKnown={setReady} />
              <TextInput
                label="Why"
                description="It stands in the audit log and with the state's version."
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
            </Stack>
          ),
        }}
      >
        Move it to {NAMES[to]}
      </Act>
    </Group>
  );
}

function Preview({
  connection,
  wish,
  onKnown,
}: {
  connection: Schemas["ConnectionView"];
  wish: Schemas["EngineBody"];
  onKnown: (isReady: boolean) => void;
}) {
  const { connectionId } = connection;
  const query = $api.useQuery(
    "post",
    "/v1/connections/{connectionId}/engine/preview",
    { params: { path: { connectionId } }, body: wish },
    { retry: false, staleTime: 0 },
  );
  const isReady = query.data !== undefined && !query.error && query.data.blockers.length === 0;
  useEffect(() => onKnown(isReady), [isReady, onKnown]);
  return (
    <Loaded query={query}>
      {(found) => (
        <Stack gap="xs">
          {found.blockers.length > 0 && (
            <Alert color="yellow" title="It cannot be moved yet">
              <List size="sm">
                {found.blockers.map((blocker) => (
                  <List.Item key={blocker}>{blocker}</List.Item>
                ))}
              </List>
              <Text size="sm" mt="xs" data-sentence>
                The <Anchor to={`/connections/${connectionId}/settings`}>source</Anchor> is told
                there what is missing; the{" "}
                <Anchor to={`/connectors?connector=${found.connector}`}>connector</Anchor> is
                installed there.
              </Text>
            </Alert>
          )}
          <List size="sm" aria-label="What the move needs">
            <List.Item>
              {found.connector} is {found.isInstalled ? "here" : "not installed here"}.
            </List.Item>
            {found.missing.length > 0 && (
              <List.Item>The remote did not give {found.missing.join(", ")}.</List.Item>
            )}
            <List.Item>
              {found.states.length
                ? `The state of ${found.states.join(", ")} comes along.`
                : "No state comes along."}
            </List.Item>
            {found.goesOn && (
              <List.Item>
                Its schedule there goes on ({found.schedule}): set it to manual there, or both move
                it.
              </List.Item>
            )}
            {found.remoteJobId !== undefined && (
              <List.Item>Job {found.remoteJobId} runs there.</List.Item>
            )}
          </List>
        </Stack>
      )}
    </Loaded>
  );
}

import { List, MultiSelect, Stack, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type Schemas, send } from "@/api/client";
import { ofVersion } from "@/api/edited";
import { actAsTyped } from "@/api/request";
import { Act } from "@/parts/Act";
import { Loaded } from "@/parts/Loaded";
import { many } from "@/parts/words";

import { idOf } from "../streams/choice";
import { named } from "../streams/named";
import { useCurrentState } from "./useCurrentState";
import { bodyOf, type Wish } from "./wish";

interface Props {
  connection: Schemas["ConnectionView"];
  wish: Wish;
  title: string;
  label: string;
  size?: string;
  color?: string;
}

/** Another state from now on, with who and why; first what would be read again. */
export function SetState({ connection, wish, title, label, size, color }: Props) {
  const [reason, setReason] = useState("");
  const [streamIds, setStreams] = useState<string[]>([]);
  const { connectionId, configurations } = connection;
  const streams = configurations.streams
    .filter((stream) => streamIds.includes(idOf(stream)))
    .map((stream) => named({ stream: stream.name, namespace: stream.namespace ?? null }));
  const body = bodyOf(wish, streams);
  const now = useCurrentState(connectionId);
  return (
    <Act
      variant="light"
      {...(size ? { size } : {})}
      {...(color ? { color } : {})}
      request={actAsTyped("put", "/v1/connections/{connectionId}/state", {
        path: { connectionId },
        header: ofVersion(now.data?.tag),
        body: { ...body, reason: JSON.stringify(reason) },
      })}
      done="The next sync goes on from there"
      onDone={() => setReason("")}
      confirm={{
        title,
        label,
        danger: true,
        typeName: connection.name,
        isReady: reason.trim() !== "",
        content: (
          <Stack gap="sm">
            <MultiSelect
              label="Streams"
              placeholder="all of them"
              searchable
              clearable
              data={configurations.streams.map((stream) => ({
                value: idOf(stream),
                label: stream.name,
              }))}
              value={streamIds}
              onChange={setStreams}
            />
            <Preview connectionId={connectionId} body={body} />
            <Textarea
              label="Reason"
              description="It is kept with the version, beside who did it."
              required
              autosize
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </Stack>
        ),
      }}
    >
      {label}
    </Act>
  );
}

function Preview({
  connectionId,
  body,
}: {
  connectionId: string;
  body: ReturnType<typeof bodyOf>;
}) {
  const request = actAsTyped("post", "/v1/connections/{connectionId}/state/preview", {
    path: { connectionId },
    body,
  });
  const query = useQuery({
    queryKey: ["state preview", connectionId, request.body],
    queryFn: () => send(request),
    retry: false,
    staleTime: 0,
  });
  return (
    <Loaded query={query}>
      {({ data }) => (
        <div>
          <Text size="sm" fw={600}>
            What it would do
          </Text>
          {data.length === 0 && (
            <Text size="sm">Nothing: no stream has a state here or there.</Text>
          )}
          <List size="sm">
            {data.map((turn) => (
              <List.Item key={turn.stream ?? "all"}>
                {turn.stream ?? "All streams together"}: {FATES[turn.fate]}
                {turn.again.map((again) => (
                  <Text key={again.stream} size="sm" c="dimmed">
                    {again.records == null
                      ? `${again.stream}: nobody knows how much is read again. `
                      : `${again.stream}: ${many(again.records, "record")} are read again if the source still has them. `}
                    {again.rows}
                  </Text>
                ))}
              </List.Item>
            ))}
          </List>
        </div>
      )}
    </Loaded>
  );
}

const FATES: Record<Schemas["Fate"], string> = {
  stays: "stays as it is",
  changes: "goes on from another place",
  cleared: "begins anew",
  added: "has a state from then on",
};

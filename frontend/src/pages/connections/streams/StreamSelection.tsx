import { Group, Text } from "@mantine/core";
import { useCallback } from "react";

import { $api, type Schemas } from "@/api/client";
import { type Kept, ofVersion, useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { useDraft } from "@/parts/draft";
import { Loaded } from "@/parts/Loaded";
import { Overtaken } from "@/parts/Overtaken";
import { many } from "@/parts/words";

import { choicesOf, configurationsOf, idOf, lackOf, type StreamChoice } from "./choice";
import { StreamChooser } from "./StreamChooser";

type Connection = Schemas["ConnectionView"];
type Offered = Schemas["StreamProperties"][];

interface SelectionProps {
  kept: Kept<Connection>;
  offered: Offered;
  columns: Schemas["TableColumnView"][];
}

/** The streams of a connection, chosen anew from what its source offers. */
export function StreamSelection({ connection }: { connection: Connection }) {
  const { connectionId } = connection;
  const kept = useEdited(act("get", "/v1/connections/{connectionId}", { path: { connectionId } }));
  const offered = $api.useQuery(
    "get",
    "/v1/streams",
    { params: { query: { sourceId: connection.sourceId } } },
    { staleTime: 60_000, retry: false },
  );
  const columns = $api.useQuery("get", "/v1/connections/{connectionId}/columns", {
    params: { path: { connectionId } },
  });
  const all = kept.data &&
    offered.data &&
    columns.data && { kept: kept.data, offered: offered.data, columns: columns.data.data };
  return (
    <Loaded query={{ data: all, error: kept.error ?? offered.error ?? columns.error }} lines={6}>
      {(found) => <Selection {...found} />}
    </Loaded>
  );
}

function Selection({ kept, offered, columns }: SelectionProps) {
  const form = useDraft(kept, (value) => ({
    choices: choicesOf(value.configurations.streams, offered, columns),
  }));
  const { draft, change } = form;
  const choose = useCallback(
    (how: (before: StreamChoice[]) => StreamChoice[]) =>
      change((before) => ({ choices: how(before.choices) })),
    [change],
  );
  const { connectionId, configurations } = kept.value;
  const chosen = draft.choices.filter((choice) => choice.isChosen);
  const names = new Set(chosen.map(idOf));
  const left = configurations.streams.filter((stream) => !names.has(idOf(stream)));
  const lacking = chosen.filter(lackOf);
  return (
    <>
      <StreamChooser choices={draft.choices} onChange={choose} />
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      <Group>
        <Act
          disabled={!form.isDirty || chosen.length === 0 || lacking.length > 0}
          request={act("patch", "/v1/connections/{connectionId}", {
            path: { connectionId },
            header: ofVersion(form.tag),
            body: { configurations: configurationsOf(draft.choices) },
          })}
          done="The next job reads them so"
          onDone={form.saved}
          {...(left.length > 0
            ? {
                confirm: {
                  title: "Read these streams",
                  label: "Read these streams",
                  content: (
                    <Text size="sm">
                      {many(left.length, "stream")} {left.length === 1 ? "is" : "are"} read no more:{" "}
                      {left.map((stream) => stream.name).join(", ")}. Tables, history and state
                      stay.
                    </Text>
                  ),
                },
              }
            : {})}
        >
          Read these streams
        </Act>
        {lacking.length > 0 && (
          <Text size="sm" c="dimmed">
            {lacking.map((choice) => `${choice.name} ${lackOf(choice)}`).join("; ")}
          </Text>
        )}
      </Group>
    </>
  );
}

import { Group, NumberInput, SimpleGrid, TextInput } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { type Kept, ofVersion, useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { useDraft } from "@/parts/draft";
import { Loaded } from "@/parts/Loaded";
import { Overtaken } from "@/parts/Overtaken";
import { useMayOn } from "@/parts/useMayOn";

type Terms = Schemas["ConnectionTermsView"];

/** How a connection's jobs are run: where they wait, how long they may take, when they are tried again. */
export function JobTerms({ connectionId }: { connectionId: string }) {
  const query = useEdited(
    act("get", "/v1/connections/{connectionId}/jobTerms", { path: { connectionId } }),
  );
  return (
    <Loaded query={query}>{(kept) => <Fields connectionId={connectionId} kept={kept} />}</Loaded>
  );
}

function Fields({ connectionId, kept }: { connectionId: string; kept: Kept<Terms> }) {
  const mayChange = useMayOn("editor", connectionId);
  const form = useDraft(kept, (value) => ({ ...value }));
  const { draft, change } = form;
  const number = (name: keyof Terms, value: string | number) =>
    change({ [name]: value === "" ? undefined : Number(value) });
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }}>
        <TextInput
          label="Queue"
          description="Workers that serve this queue run its jobs."
          value={draft.queue}
          disabled={!mayChange}
          onChange={(event) => change({ queue: event.currentTarget.value })}
        />
        <NumberInput
          label="Priority"
          description="The higher runs first where jobs wait."
          min={-1000}
          max={1000}
          value={draft.priority}
          disabled={!mayChange}
          onChange={(value) => number("priority", value)}
        />
        <NumberInput
          label="Longest duration"
          description="Of an attempt; empty is without a limit."
          suffix=" s"
          min={1}
          value={draft.maxDurationS ?? ""}
          disabled={!mayChange}
          onChange={(value) => number("maxDurationS", value)}
        />
        <NumberInput
          label="Wait before the next attempt"
          suffix=" s"
          value={draft.retryWaitS}
          disabled={!mayChange}
          onChange={(value) => number("retryWaitS", value)}
        />
        <NumberInput
          label="Each wait is longer by"
          prefix="× "
          min={1}
          value={draft.retryFactor}
          disabled={!mayChange}
          onChange={(value) => number("retryFactor", value)}
        />
        <NumberInput
          label="Longest wait"
          suffix=" s"
          value={draft.retryCapS}
          disabled={!mayChange}
          onChange={(value) => number("retryCapS", value)}
        />
      </SimpleGrid>
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      {mayChange && (
        <Group>
          <Act
            disabled={!form.isDirty}
            request={act("put", "/v1/connections/{connectionId}/jobTerms", {
              path: { connectionId },
              header: ofVersion(form.tag),
              body: draft,
            })}
            done="They hold from the next attempt on"
            onDone={form.saved}
          >
            Keep these terms
          </Act>
        </Group>
      )}
    </>
  );
}

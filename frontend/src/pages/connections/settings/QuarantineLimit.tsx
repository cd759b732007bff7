import { Group, NumberInput, Select, SimpleGrid } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { type Kept, ofVersion, useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { useDraft } from "@/parts/draft";
import { Loaded } from "@/parts/Loaded";
import { Overtaken } from "@/parts/Overtaken";
import { useMayOn } from "@/parts/useMayOn";

type Limit = Schemas["LimitView"];

export function QuarantineLimit({ connectionId }: { connectionId: string }) {
  const query = useEdited(
    act("get", "/v1/connections/{connectionId}/quarantineLimit", { path: { connectionId } }),
  );
  return (
    <Loaded query={query}>
      {(kept) => <LimitFields connectionId={connectionId} kept={kept} />}
    </Loaded>
  );
}

/** The limit as somebody edits it. */
export function LimitFields({ connectionId, kept }: { connectionId: string; kept: Kept<Limit> }) {
  const mayChange = useMayOn("editor", connectionId);
  const form = useDraft(kept, (value) => ({
    share: value.share ?? null,
    records: value.records ?? null,
    onExceeded: value.onExceeded,
  }));
  const { draft, change } = form;
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <NumberInput
          label="At most that share"
          description="Of the records that the job read of the stream."
          suffix=" %"
          placeholder="no limit"
          min={0}
          max={100}
          value={draft.share === null ? "" : Math.round(draft.share * 1_000_000) / 10_000}
          disabled={!mayChange}
          onChange={(value) => change({ share: value === "" ? null : Number(value) / 100 })}
        />
        <NumberInput
          label="At most that many records"
          description="Of a stream, in one job."
          placeholder="no limit"
          min={0}
          allowDecimal={false}
          value={draft.records ?? ""}
          disabled={!mayChange}
          onChange={(value) => change({ records: value === "" ? null : Number(value) })}
        />
        <Select
          label="If it is more"
          description="Notification rules say who is told."
          data={[
            { value: "fail", label: "the job fails" },
            { value: "warn", label: "the job says so and goes on" },
          ]}
          allowDeselect={false}
          value={draft.onExceeded}
          disabled={!mayChange}
          onChange={(value) => value && change({ onExceeded: value as Limit["onExceeded"] })}
        />
      </SimpleGrid>
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      {mayChange && (
        <Group>
          <Act
            disabled={!form.isDirty}
            request={act("put", "/v1/connections/{connectionId}/quarantineLimit", {
              path: { connectionId },
              header: ofVersion(form.tag),
              body: draft,
            })}
            done="It holds for the jobs that end from now on"
            onDone={form.saved}
          >
            Keep this limit
          </Act>
        </Group>
      )}
    </>
  );
}

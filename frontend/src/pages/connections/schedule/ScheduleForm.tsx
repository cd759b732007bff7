import { Group, SimpleGrid } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { type Kept, ofVersion } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { useDraft } from "@/parts/draft";
import { Overtaken } from "@/parts/Overtaken";
import { useMayOn } from "@/parts/useMayOn";

import { PreviewedTicks, Ticks } from "./NextTicks";
import { bodyOf, draftOf, lackOf } from "./schedule";
import { ScheduleFields } from "./ScheduleFields";

/** A connection's schedule: looked at, changed, and with its next ticks either way. */
export function ScheduleForm({ kept }: { kept: Kept<Schemas["ConnectionScheduleView"]> }) {
  const mayChange = useMayOn("editor", kept.value.connectionId);
  const form = useDraft(kept, (value) => draftOf(value.schedule));
  const id = kept.value.connectionId;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
      <div>
        <ScheduleFields draft={form.draft} onChange={form.change} own={id} disabled={!mayChange} />
        <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
        {mayChange && (
          <Group mt="md">
            <Act
              disabled={!form.isDirty || Boolean(lackOf(form.draft))}
              request={act("put", "/v1/schedules/{connectionId}", {
                path: { connectionId: id },
                header: ofVersion(form.tag),
                body: bodyOf(form.draft),
              })}
              done="The schedule is kept"
              onDone={form.saved}
            >
              Keep this schedule
            </Act>
          </Group>
        )}
      </div>
      {form.isDirty ? (
        <PreviewedTicks draft={form.draft} />
      ) : (
        <Ticks ticks={kept.value.nextTicks} timeZone={kept.value.schedule.atlas?.timeZone} />
      )}
    </SimpleGrid>
  );
}

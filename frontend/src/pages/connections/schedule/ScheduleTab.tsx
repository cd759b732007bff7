import { Stack } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Loaded } from "@/parts/Loaded";
import { Section } from "@/parts/Section";

import { JobTerms } from "./JobTerms";
import { ScheduleEvents } from "./ScheduleEvents";
import { ScheduleForm } from "./ScheduleForm";

export function ScheduleTab({ connection }: { connection: Schemas["ConnectionView"] }) {
  const id = connection.connectionId;
  const query = useEdited(
    act("get", "/v1/schedules/{connectionId}", { path: { connectionId: id } }),
  );
  return (
    <Stack gap="xl">
      <Section
        title="Schedule"
        about={connection.status === "inactive" && "The connection is paused: nothing starts."}
      >
        <Loaded query={query} lines={6}>
          {(kept) => <ScheduleForm kept={kept} />}
        </Loaded>
      </Section>
      <Section title="Past windows">
        <ScheduleEvents connectionId={id} />
      </Section>
      <Section
        title="How its jobs are run"
        about="What is kept here is the connection's own, and no longer follows the settings of Atlas."
      >
        <JobTerms connectionId={id} />
      </Section>
    </Stack>
  );
}

import { SimpleGrid, Stack } from "@mantine/core";

import { PreviewedTicks } from "@/pages/connections/schedule/NextTicks";
import { lackOf } from "@/pages/connections/schedule/schedule";
import { ScheduleFields } from "@/pages/connections/schedule/ScheduleFields";

import type { StepProps } from "./NewConnection";
import { StepButtons } from "./StepButtons";

export function StepSchedule({ entered, enter, onBack, onNext }: StepProps) {
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        <ScheduleFields
          draft={entered.schedule}
          onChange={(patch) => enter({ schedule: { ...entered.schedule, ...patch } })}
        />
        <PreviewedTicks draft={entered.schedule} />
      </SimpleGrid>
      <StepButtons onBack={onBack} onNext={onNext} isReady={!lackOf(entered.schedule)} />
    </Stack>
  );
}

import { List, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";

import { $api, type Schemas } from "@/api/client";
import { At } from "@/parts/At";
import { Loaded } from "@/parts/Loaded";
import { instant } from "@/parts/words";
import { useTimeZone } from "@/shell/timeZone";

import { bodyOf, lackOf, type ScheduleDraft } from "./schedule";

/** When a schedule that is still being written would start its next syncs. */
export function PreviewedTicks({ draft }: { draft: ScheduleDraft }) {
  const [settled] = useDebouncedValue(draft, 400);
  const lack = lackOf(settled);
  const isTimed = settled.kind === "cron" || settled.kind === "basic";
  const query = $api.useQuery(
    "post",
    "/v1/schedules/preview",
    { body: bodyOf(settled) },
    { enabled: isTimed && !lack, retry: false },
  );
  if (lack) return <Text size="sm">{lack}</Text>;
  if (!isTimed) return null;
  return (
    <Loaded query={query}>
      {({ nextTicks }) => <Ticks ticks={nextTicks} timeZone={settled.timeZone} />}
    </Loaded>
  );
}

export function Ticks({
  ticks,
  timeZone,
}: {
  ticks: Schemas["TickView"][];
  timeZone: string | undefined;
}) {
  const [mine] = useTimeZone();
  if (ticks.length === 0) return <Text size="sm">It has no next run.</Text>;
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        Next runs
      </Text>
      <List size="sm" type="ordered">
        {ticks.map((tick) => (
          <List.Item key={tick.windowAt}>
            <At at={tick.runAt} exact />
            {timeZone && timeZone !== mine && (
              <Text span size="xs" c="dimmed">
                {" "}
                {instant(tick.runAt, timeZone)} in {timeZone}
              </Text>
            )}
          </List.Item>
        ))}
      </List>
    </div>
  );
}

import { Tooltip } from "@mantine/core";

import { useTimeZone } from "@/shell/timeZone";

import { ago, instant } from "./words";

/** An instant: how long ago, and exactly when in the reader's time zone. */
export function At({ at, exact = false }: { at: string | null | undefined; exact?: boolean }) {
  const [timeZone] = useTimeZone();
  if (!at) return <span>–</span>;
  const exactly = instant(at, timeZone);
  return (
    <Tooltip
      label={exact ? ago(at) : `${exactly} (${timeZone})`}
      events={{ hover: true, focus: true, touch: true }}
    >
      <time dateTime={at} style={{ whiteSpace: "nowrap" }}>
        {exact ? exactly : ago(at)}
      </time>
    </Tooltip>
  );
}

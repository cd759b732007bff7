import { useTimeZone } from "@/shell/timeZone";

import { useHint } from "./hint";
import { useTicks } from "./now";
import { ago, instant } from "./words";

/** An instant: how long ago, and exactly when in the reader's time zone. */
export function At({ at, exact = false }: { at: string | null | undefined; exact?: boolean }) {
  return at ? <Instant at={at} exact={exact} /> : <span>–</span>;
}

function Instant({ at, exact }: { at: string; exact: boolean }) {
  const [timeZone] = useTimeZone();
  useTicks();
  const exactly = () => instant(at, timeZone);
  const [pointed, hint] = useHint(() => (exact ? ago(at) : `${exactly()} (${timeZone})`));
  return (
    <>
      <time dateTime={at} style={NOT_BROKEN} {...pointed}>
        {exact ? exactly() : ago(at)}
      </time>
      {hint}
    </>
  );
}

const NOT_BROKEN = { whiteSpace: "nowrap" } as const;

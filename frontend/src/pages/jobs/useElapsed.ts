import { useEffect, useState } from "react";

const TICK_MS = 1_000;

/** Seconds since an instant of this page's own clock, anew each second while `isOn`; 0 else. */
export function useElapsed(since_ms: number, isOn: boolean): number {
  const [now, setNow] = useState(since_ms);
  useEffect(() => {
    if (!isOn) return;
    const ticking = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(ticking);
  }, [isOn]);
  return isOn ? Math.max(0, now - since_ms) / 1000 : 0;
}

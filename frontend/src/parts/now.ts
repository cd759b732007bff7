import { useSyncExternalStore } from "react";

const TICK_MS = 30_000;
const watching = new Set<() => void>();
let ticks = 0;
let ticking: ReturnType<typeof setInterval> | undefined;

/** Draws anew now and then what says how long ago something was: one clock for the whole page. */
export function useTicks(): number {
  return useSyncExternalStore(watch, () => ticks);
}

function watch(tell: () => void): () => void {
  watching.add(tell);
  ticking ??= setInterval(() => {
    ticks += 1;
    watching.forEach((one) => one());
  }, TICK_MS);
  return () => {
    watching.delete(tell);
    if (watching.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

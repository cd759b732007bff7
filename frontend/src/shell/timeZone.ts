import { useSyncExternalStore } from "react";

export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

const KEY = "atlas-time-zone";
const watching = new Set<() => void>();

/**
 * The zone in which all instants are shown; the browser's until somebody chooses another.
 *
 * It is read once for the whole page: a long list has an instant in each of its rows.
 */
export function useTimeZone(): [string, (zone: string) => void] {
  return [useSyncExternalStore(watch, () => chosen), choose];
}

let chosen = kept();

function kept(): string {
  try {
    const zone: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return typeof zone === "string" ? known(zone) : HERE;
  } catch {
    return HERE; // no storage may be used here, or something else was kept in it
  }
}

/** Errors: RangeError of a zone that this browser does not know. */
function known(zone: string): string {
  Intl.DateTimeFormat("en", { timeZone: zone });
  return zone;
}

function choose(zone: string): void {
  localStorage.setItem(KEY, JSON.stringify(zone));
  take(zone);
}

function take(zone: string): void {
  chosen = zone;
  watching.forEach((tell) => tell());
}

/** In another tab too. */
function fromElsewhere({ key }: StorageEvent): void {
  if (key === KEY || key === null) take(kept());
}

function watch(tell: () => void): () => void {
  if (watching.size === 0) window.addEventListener("storage", fromElsewhere);
  watching.add(tell);
  return () => {
    watching.delete(tell);
    if (watching.size === 0) window.removeEventListener("storage", fromElsewhere);
  };
}

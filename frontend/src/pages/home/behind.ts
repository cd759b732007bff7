/** How a stream stands against its own schedule. */
import type { Schemas } from "@/api/client";
import { many } from "@/parts/words";

type Stream = Schemas["StreamFreshness"];

export type Standing = "none" | "unscheduled" | "on time" | "due" | "late";

/** One window that has come may still be running; after two, one was missed. */
export function standingOf({ extractedAt, windowsBehind }: Stream): Standing {
  if (windowsBehind !== undefined && windowsBehind > 1) return "late";
  if (windowsBehind === 1) return "due";
  if (!extractedAt) return "none";
  return windowsBehind === undefined ? "unscheduled" : "on time";
}

/** The same in words, for who does not see the shade. */
export function standingSaid(stream: Stream): string {
  const behind = stream.windowsBehind ?? 0;
  const standing = standingOf(stream);
  if (standing === "late")
    return `late by ${behind > 10 ? "more than " : ""}${many(Math.min(behind, 10), "window")}`;
  if (standing === "none") return "nothing published";
  return standing;
}

/** Records of the last jobs that read some, the oldest first. */
export function volumes(recent: Schemas["RecentJob"][]): number[] {
  return recent.flatMap(({ rows, jobType }) =>
    rows !== undefined && ["sync", "refresh"].includes(jobType) ? [rows] : [],
  );
}

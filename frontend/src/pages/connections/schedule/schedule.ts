/** A schedule as a form holds it, and as the API has it. */
import type { Schemas } from "@/api/client";

export const UNITS = ["minutes", "hours", "days", "weeks", "months"] as const;
export type Unit = (typeof UNITS)[number];

export interface ScheduleDraft {
  kind: Schemas["ScheduleKind"];
  cron: string;
  every: number;
  unit: Unit;
  after: string | null;
  timeZone: string;
  onMissed: Schemas["WhenMissed"];
  catchUpLimit: number;
  jitterSeconds: number;
}

export const MANUAL: ScheduleDraft = {
  kind: "manual",
  cron: "0 0 6 * * ?",
  every: 24,
  unit: "hours",
  after: null,
  timeZone: "UTC",
  onMissed: "collapse",
  catchUpLimit: 10,
  jitterSeconds: 0,
};

export function draftOf(view: Schemas["ScheduleView"]): ScheduleDraft {
  const own = view.atlas;
  const [, every, unit] = /^Every (\d+) (\w+?)S?$/i.exec(view.basicTiming ?? "") ?? [];
  const known = UNITS.find((each) => each === `${unit?.toLowerCase()}s`);
  return {
    kind: own?.kind ?? (view.scheduleType as ScheduleDraft["kind"]),
    cron: view.cronExpression ?? MANUAL.cron,
    every: every ? Number(every) : MANUAL.every,
    unit: known ?? MANUAL.unit,
    after: own?.afterConnectionId ?? null,
    timeZone: own?.timeZone ?? MANUAL.timeZone,
    onMissed: own?.onMissed ?? MANUAL.onMissed,
    catchUpLimit: own?.catchUpLimit ?? MANUAL.catchUpLimit,
    jitterSeconds: own?.jitterSeconds ?? MANUAL.jitterSeconds,
  };
}

/** Shape: what follows another connection is written as manual, for Airbyte's shape has no word for it. */
export function bodyOf(draft: ScheduleDraft): Schemas["ScheduleBody"] {
  if (draft.kind === "manual") return { scheduleType: "manual" };
  if (draft.kind === "after") {
    return { scheduleType: "manual", atlas: { ...terms(draft), afterConnectionId: draft.after } };
  }
  return draft.kind === "cron"
    ? { scheduleType: "cron", cronExpression: draft.cron, atlas: terms(draft) }
    : {
        scheduleType: "basic",
        basicTiming: `Every ${draft.every} ${draft.unit}`,
        atlas: terms(draft),
      };
}

function terms(draft: ScheduleDraft) {
  const { timeZone, onMissed, catchUpLimit, jitterSeconds } = draft;
  return { timeZone, onMissed, catchUpLimit, jitterSeconds };
}

/** What a form lacks before it can be asked for or sent. */
export function lackOf(draft: ScheduleDraft): string | undefined {
  if (draft.kind === "cron" && !draft.cron.trim()) return "A cron expression is needed.";
  if (draft.kind === "after" && !draft.after) return "Choose the connection that it follows.";
  return undefined;
}

/** A schedule in a few words, as a list shows it. */
export function spokenSchedule(view: Schemas["ScheduleView"]): string {
  const kind = view.atlas?.kind ?? view.scheduleType;
  if (kind === "cron") return `cron ${view.cronExpression ?? ""}`;
  if (kind === "basic") return (view.basicTiming ?? "").toLowerCase();
  return kind === "after" ? "after another connection" : "by hand";
}

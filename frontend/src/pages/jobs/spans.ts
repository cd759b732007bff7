/** What a Gantt draws of a job's timeline: bars in shares of the time from its start to its end, or until now. */
import type { Schemas } from "@/api/client";

type Timeline = Schemas["TimelineView"];

export interface Bar {
  kind: "attempt" | "reading" | "promotion" | "held";
  from: number;
  to: number;
  startedAt: string;
  seconds: number;
  label: string;
}

export interface Lane {
  name: string;
  attempt: number;
  stage: string;
  bars: Bar[];
}

export interface Gantt {
  lanes: Lane[];
  seconds: number;
}

export function ganttOf(timeline: Timeline): Gantt {
  // from where the job itself counts: its first attempt begins a moment later
  const starts = [timeline.startedAt, ...timeline.attempts.map((attempt) => attempt.startedAt)];
  const start = Math.min(...starts.flatMap((at) => (at ? [Date.parse(at)] : [])));
  const end = Date.parse(timeline.endedAt ?? timeline.at);
  const length = Math.max(end - start, 1);

  const bar = (kind: Bar["kind"], fromAt: string, toAt: string | undefined, label: string): Bar => {
    const from = Date.parse(fromAt);
    const to = toAt ? Date.parse(toAt) : end;
    return {
      kind,
      from: clamp((from - start) / length),
      to: clamp((to - start) / length),
      startedAt: fromAt,
      seconds: Math.max(0, to - from) / 1000,
      label,
    };
  };

  const lanes: Lane[] = [];
  for (const attempt of timeline.attempts) {
    lanes.push({
      name: `Attempt ${attempt.number}`,
      attempt: attempt.number,
      stage: "",
      bars: [bar("attempt", attempt.startedAt, attempt.endedAt, attempt.status)],
    });
    for (const { name, namespace, reading, promotions } of attempt.streams) {
      const stream = namespace ? `${namespace}.${name}` : name;
      if (reading) {
        const label = `${reading.records} records in ${reading.batches} batches`;
        const last = reading.completedAt ?? reading.lastLandedAt;
        const bars = [
          bar(
            "reading",
            reading.extractedAt,
            attempt.endedAt || reading.completedAt ? last : undefined,
            label,
          ),
        ];
        lanes.push({ name: stream, attempt: attempt.number, stage: "explore", bars });
      }
      if (promotions.length) {
        const bars = promotions.map((each) =>
          bar(
            each.outcome === "published" ? "promotion" : "held",
            each.beganAt ?? each.readyAt ?? each.recordedAt,
            each.endedAt ?? each.recordedAt,
            `${each.outcome}: ${each.records} records${each.reason ? `, ${each.reason}` : ""}`,
          ),
        );
        lanes.push({ name: stream, attempt: attempt.number, stage: "chart, navigate", bars });
      }
    }
  }
  return { lanes, seconds: length / 1000 };
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));

/** How many records each rule has kept out, by status. */
import type { Schemas } from "@/api/client";

export type RuleCount = Schemas["RuleCountView"];
export type Status = Schemas["Status"];

export const STATUSES: Status[] = ["kept", "fixed", "replayed", "dismissed", "mended"];

export const MEANING: Record<Status, string> = {
  kept: "waits for somebody",
  fixed: "has a correction, waits for its replay",
  replayed: "came back",
  dismissed: "was left out for good",
  mended: "explore took it with a character replaced",
};

export interface RuleLine {
  boundary: Schemas["Boundary"];
  rule: string;
  counts: Partial<Record<Status, number>>;
  waiting: number;
}

/** A line for each rule, those with the most waiting records first. */
export function linesOf(counts: RuleCount[]): RuleLine[] {
  const lines = new Map<string, RuleLine>();
  for (const { boundary, rule, status, records } of counts) {
    const key = `${boundary} ${rule}`;
    const line = lines.get(key) ?? { boundary, rule, counts: {}, waiting: 0 };
    line.counts[status] = (line.counts[status] ?? 0) + records;
    if (status === "kept" || status === "fixed") line.waiting += records;
    lines.set(key, line);
  }
  return [...lines.values()].sort(
    (one, other) => other.waiting - one.waiting || one.rule.localeCompare(other.rule),
  );
}

/** True of a rule that a stream's records need not keep: keys and cursors have none such. */
export const isWaivable = (rule: string): boolean => /^(required|type):./.test(rule);

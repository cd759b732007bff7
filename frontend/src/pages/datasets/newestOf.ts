import type { Schemas } from "@/api/client";

type Result = Schemas["ResultView"];

/** The newest result of each check, those that went wrong first. Shape: `results` are the newest first. */
export function newestOf(results: Result[]): Result[] {
  const newest = new Map<string, Result>();
  for (const one of results) if (!newest.has(one.check)) newest.set(one.check, one);
  const rank = { fail: 0, warn: 1, pass: 2 };
  return [...newest.values()].sort((one, other) => rank[one.outcome] - rank[other.outcome]);
}

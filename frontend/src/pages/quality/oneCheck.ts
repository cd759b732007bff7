/** Whether a list is of one check of one dataset: then it is that check's history. */
import type { Schemas } from "@/api/client";

type Result = Pick<
  Schemas["ResultView"],
  "connectionId" | "stream" | "namespace" | "check" | "column"
>;

export function isOneCheck(results: Result[]): boolean {
  const names = results.map((one) =>
    JSON.stringify([one.connectionId, one.stream, one.namespace, one.check, one.column]),
  );
  return results.length > 0 && new Set(names).size === 1;
}

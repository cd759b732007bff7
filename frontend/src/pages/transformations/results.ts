/** What became of the nodes of a run, and where its parts are seen. */
import type { Schemas } from "@/api/client";
import { lasting } from "@/parts/words";

type Node = Schemas["TransformationNodeView"];

export const OVER: Schemas["JobStatus"][] = ["succeeded", "failed", "cancelled"];

export function runPath(run: { transformationId: string; transformationRunId: number }): string {
  return `/transformations/${run.transformationId}/runs/${run.transformationRunId}`;
}

/** How long a run took, as closely as its instants say: they are to the second. */
export function tookOf(run: {
  startedAt?: string | undefined;
  endedAt?: string | undefined;
}): string {
  if (!run.startedAt || !run.endedAt) return "–";
  const seconds = (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000;
  return seconds < 1 ? "about 1 s or less" : lasting(seconds);
}

const isTest = (node: Node): boolean => node.kind === "test" || node.kind === "unit_test";
const isBroken = (node: Node): boolean =>
  ["fail", "error", "partial success"].includes(node.status);

export interface Tally {
  built: number;
  passed: number;
  failedTests: number;
  failedNodes: number;
  skipped: number;
  warned: number;
}

export function tallyOf(nodes: Node[]): Tally {
  const of = (is: (node: Node) => boolean) => nodes.filter(is).length;
  return {
    built: of((node) => node.status === "success"),
    passed: of((node) => node.status === "pass"),
    failedTests: of((node) => isTest(node) && isBroken(node)),
    failedNodes: of((node) => !isTest(node) && isBroken(node)),
    skipped: of((node) => node.status === "skipped"),
    warned: of((node) => node.status === "warn"),
  };
}

export interface NodeFilter {
  kind?: string | undefined;
  status?: string | undefined;
  name?: string | undefined;
}

/** Those that are like this, what is broken first; the rest in the order in which they ended. */
export function nodesLike(nodes: Node[], { kind, status, name }: NodeFilter): Node[] {
  const wanted = name?.toLowerCase();
  const found = nodes.filter(
    (node) =>
      (!kind || node.kind === kind) &&
      (!status || node.status === status) &&
      (!wanted || node.uniqueId.toLowerCase().includes(wanted)),
  );
  return found.toSorted((one, other) => Number(isBroken(other)) - Number(isBroken(one)));
}

/** The dataset that a table is, where Atlas itself publishes it: its chart, or its history. */
export function datasetOf(
  relation: string | null | undefined,
  datasets: Schemas["DatasetView"][],
): Schemas["DatasetView"] | undefined {
  const [table, schema] = (relation ?? "").split(".").toReversed();
  if (schema !== "chart" && schema !== "navigate") return undefined;
  return datasets.find((dataset) => dataset.table === table);
}

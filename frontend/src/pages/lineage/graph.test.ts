import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import {
  datasetIn,
  datasetOf,
  type Edge,
  edgeSaid,
  type Node,
  partOf,
  placesIn,
  shortName,
  toElk,
} from "./graph";

const NAMESPACE = "postgres://localhost:5432";

function node(name: string, layer?: string, type = "dataset"): Node {
  return {
    id: `${type}:${NAMESPACE}:${name}`,
    type,
    namespace: NAMESPACE,
    name,
    layer,
    distance: 0,
  };
}

function edge(kind: string, source: Node, target: Node, more: Partial<Edge> = {}): Edge {
  return { kind, source: source.id, target: target.id, runs: 1, lastAt: "2026-01-01", ...more };
}

const raw = node("db.explore.users_raw", "explore");
const chart = node("db.chart.users", "chart");
const job = node("shop.users", undefined, "job");
const graph = {
  nodes: [raw, chart, job],
  edges: [edge("reads", raw, job), edge("writes", job, chart), edge("derives", raw, chart)],
  isCut: false,
};

it("shows jobs with what they move, or datasets with the columns that come of each other", () => {
  expect(partOf(graph, "jobs").edges.map((one) => one.kind)).toEqual(["reads", "writes"]);
  expect(partOf(graph, "columns")).toEqual({ nodes: [raw, chart], edges: [graph.edges[2]] });
});

it("asks elk for every node and edge, and takes their places", () => {
  const asked = toElk(graph.nodes, graph.edges);
  expect(asked.edges?.map((one) => [one.sources, one.targets])).toHaveLength(3);
  const places = placesIn({
    ...asked,
    children: asked.children?.map((one) => ({ ...one, x: 5, y: 7 })),
  });
  expect(places.get(chart.id)).toEqual({ x: 5, y: 7 });
});

it("takes an id apart though its namespace has a port", () => {
  expect(datasetIn(chart.id)).toEqual({ namespace: NAMESPACE, dataset: "db.chart.users" });
  expect(datasetIn("dataset:airbyte://source-faker:faker.users")).toEqual({
    namespace: "airbyte://source-faker",
    dataset: "faker.users",
  });
  expect(datasetIn("dataset:elsewhere:a:b")).toEqual({ namespace: "elsewhere", dataset: "a:b" });
  expect(datasetIn("job:atlas:shop.users")).toBeUndefined();
});

it("knows which dataset a table is, in each layer", () => {
  const users = { table: "users", stream: "users" } as Schemas["DatasetView"];
  expect([datasetOf(raw, [users]), datasetOf(chart, [users])]).toEqual([users, users]);
  expect([datasetOf(job, [users]), datasetOf(node("db.chart.user", "chart"), [users])]).toEqual([
    undefined,
    undefined,
  ]);
  expect(shortName(raw)).toBe("users_raw");
});

it("says of an edge what was moved, and what of it is masked", () => {
  expect(edgeSaid(edge("writes", job, chart, { rows: 5000 }))).toBe("writes 5,000 rows");
  expect(edgeSaid(edge("derives", raw, chart, { columns: 18, maskedColumns: 5 }))).toBe(
    "18 columns, 5 masked",
  );
  expect(edgeSaid(edge("reads", raw, job))).toBe("reads");
});

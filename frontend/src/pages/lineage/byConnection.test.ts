import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { byConnection, heldBy } from "./byConnection";

type Node = Schemas["NodeView"];
type Edge = Schemas["EdgeView"];

const node = (id: string, more: Partial<Node> = {}): Node => ({
  id,
  type: id.startsWith("job") ? "job" : "dataset",
  namespace: "n",
  name: id,
  distance: 2,
  ...more,
});
const edge = (kind: string, source: string, target: string, more: Partial<Edge> = {}): Edge => ({
  kind,
  source,
  target,
  runs: 1,
  lastAt: "2026-01-01",
  ...more,
});

const shop = { connectionId: "c1", connection: "shop" };
const graph = {
  nodes: [
    node("source users"),
    node("source orders"),
    node("job users", { ...shop, jobId: 4, distance: 1 }),
    node("job orders", { ...shop, jobId: 7 }),
    node("chart users"),
    node("chart orders"),
    node("job dbt"),
    node("mart"),
  ],
  edges: [
    edge("reads", "source users", "job users", { rows: 5 }),
    edge("reads", "source orders", "job orders"),
    edge("writes", "job users", "chart users"),
    edge("writes", "job orders", "chart orders"),
    edge("reads", "chart users", "job dbt", { rows: 5, runs: 2 }),
    edge("reads", "chart orders", "job dbt", { rows: 3, lastAt: "2026-01-02" }),
    edge("writes", "job dbt", "mart"),
    edge("derives", "chart users", "mart"),
  ],
  isCut: false,
};

it("has one node for a connection, in place of its jobs and the tables that they alone write", () => {
  const { nodes, edges } = byConnection(graph);
  expect(nodes.map((one) => one.id)).toEqual([
    "source users",
    "source orders",
    "job dbt",
    "mart",
    "connection:c1",
  ]);
  expect(nodes.at(-1)).toMatchObject({ type: "connection", name: "shop", jobId: 7, distance: 1 });
  expect(edges.map((one) => `${one.source} > ${one.target}`)).toEqual([
    "source users > connection:c1",
    "source orders > connection:c1",
    "connection:c1 > job dbt",
    "job dbt > mart",
  ]);
  expect(edges[2]).toMatchObject({ rows: 8, runs: 2, lastAt: "2026-01-02" });
});

it("leaves a table to itself that more than one write", () => {
  const shared = { ...graph, edges: [...graph.edges, edge("writes", "job dbt", "chart users")] };
  expect(byConnection(shared).nodes.map((one) => one.id)).toContain("chart users");
});

it("says what a connection's node stands for", () => {
  const held = heldBy(graph, "c1");
  expect(held.jobs.map((one) => one.id)).toEqual(["job users", "job orders"]);
  expect(held.datasets.map((one) => one.id)).toEqual(["chart users", "chart orders"]);
  expect(heldBy(graph, "c2")).toEqual({ jobs: [], datasets: [] });
});

import { expect, test } from "vitest";

import type { Schemas } from "@/api/client";

import { datasetOf, nodesLike, tallyOf, tookOf } from "./results";

const node = (uniqueId: string, kind: string, status: Schemas["NodeStatus"]) =>
  ({ uniqueId, kind, name: uniqueId, status, seconds: 1 }) as Schemas["TransformationNodeView"];

const NODES = [
  node("model.shop.orders", "model", "success"),
  node("test.shop.orders_id", "test", "fail"),
  node("test.shop.orders_at", "test", "pass"),
  node("model.shop.revenue", "model", "skipped"),
  node("model.shop.lines", "model", "error"),
];

test("a failed test is told from a model that could not be built", () => {
  expect(tallyOf(NODES)).toEqual({
    built: 1,
    passed: 1,
    failedTests: 1,
    failedNodes: 1,
    skipped: 1,
    warned: 0,
  });
});

test("what is broken comes first, and filters narrow by kind, status and name", () => {
  const names = (filter: Parameters<typeof nodesLike>[1]) =>
    nodesLike(NODES, filter).map((each) => each.name.split(".")[2]);

  expect(names({})).toEqual(["orders_id", "lines", "orders", "orders_at", "revenue"]);
  expect(names({ kind: "model", status: "skipped" })).toEqual(["revenue"]);
  expect(names({ name: "ORDERS" })).toEqual(["orders_id", "orders", "orders_at"]);
});

test("a relation is a dataset only where Atlas publishes it", () => {
  const orders = { table: "shop_orders", stream: "orders" } as Schemas["DatasetView"];

  expect(datasetOf("atlas.chart.shop_orders", [orders])).toBe(orders);
  expect(datasetOf("atlas.navigate.shop_orders", [orders])).toBe(orders);
  expect(datasetOf("atlas.finale.shop_orders", [orders])).toBeUndefined();
  expect(datasetOf(null, [orders])).toBeUndefined();
});

test("a run that began and ended in one second is not said to have taken none", () => {
  const startedAt = "2026-01-01T10:00:00Z";

  expect(tookOf({ startedAt, endedAt: startedAt })).toBe("about 1 s or less");
  expect(tookOf({ startedAt, endedAt: "2026-01-01T10:01:05Z" })).toBe("1 min 5 s");
  expect(tookOf({ startedAt })).toBe("–");
});

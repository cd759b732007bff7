import { expect, it } from "vitest";

import { optionsOf } from "./options";

const users = {
  id: "dataset:p:db.chart.users",
  type: "dataset",
  namespace: "p",
  name: "db.chart.users",
  distance: 0,
};
const job = { ...users, id: "job:atlas:shop.users", type: "job", name: "shop.users" };

it("offers what is drawn, and what is elsewhere under a heading of its own", () => {
  const found = [{ value: "0", label: "orders of shop" }];
  expect(optionsOf([users, job], found, undefined)).toEqual([
    { group: "In this graph", items: [{ value: users.id, label: "db.chart.users" }] },
    { group: "Datasets found", items: found },
  ]);
});

it("keeps the dataset where the graph begins though it is not drawn", () => {
  expect(optionsOf([], [], users.id)).toEqual([
    { group: "In this graph", items: [{ value: users.id, label: "db.chart.users" }] },
  ]);
  expect(optionsOf([], [], undefined)).toEqual([]);
});

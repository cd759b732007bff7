import { expect, it } from "vitest";

import { isOneCheck } from "./oneCheck";

const result = { connectionId: "c", stream: "users", check: "no_nulls", column: "id" };

it("knows the history of one check from a list of many", () => {
  expect(isOneCheck([result, { ...result }])).toBe(true);
  expect(isOneCheck([result, { ...result, column: "name" }])).toBe(false);
  expect(isOneCheck([result, { ...result, stream: "orders" }])).toBe(false);
  expect(isOneCheck([])).toBe(false);
});

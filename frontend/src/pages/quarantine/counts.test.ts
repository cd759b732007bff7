import { expect, it } from "vitest";

import { isWaivable, linesOf } from "./counts";

it("has a line for each rule, those that wait for somebody first", () => {
  const found = linesOf([
    { boundary: "chart", rule: "type:a", status: "replayed", records: 90 },
    { boundary: "chart", rule: "type:b", status: "kept", records: 2 },
    { boundary: "chart", rule: "type:b", status: "fixed", records: 1 },
    { boundary: "explore", rule: "type:b", status: "dismissed", records: 4 },
  ]);
  expect(found.map((line) => [line.boundary, line.rule, line.waiting])).toEqual([
    ["chart", "type:b", 3],
    ["chart", "type:a", 0],
    ["explore", "type:b", 0],
  ]);
  expect(found[0]?.counts).toEqual({ kept: 2, fixed: 1 });
});

it("waives the rules of a column's value and type alone", () => {
  expect(isWaivable("required:email")).toBe(true);
  expect(isWaivable("type:age")).toBe(true);
  expect(isWaivable("primary_key")).toBe(false);
  expect(isWaivable("type:")).toBe(false);
});

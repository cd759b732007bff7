import { expect, it } from "vitest";

import { changesOf, same } from "./changes";

it("names what was added, removed and changed, in the order of the fields", () => {
  const changes = changesOf({ a: 1, b: "x", d: 0 }, { a: 2, c: false, d: 0 });
  expect(changes).toEqual([
    { field: "a", kind: "changed", was: 1, is: 2 },
    { field: "b", kind: "removed", was: "x", is: undefined },
    { field: "c", kind: "added", was: undefined, is: false },
  ]);
});

it("takes null and not there as one", () => {
  expect(changesOf({ a: null }, {})).toEqual([]);
  expect(changesOf(null, { a: 1 })).toEqual([{ field: "a", kind: "added", was: undefined, is: 1 }]);
});

it("looks into objects and lists, and at their order only where it means something", () => {
  expect(same({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
  expect(same([1, 2], [2, 1])).toBe(false);
  expect(same([], {})).toBe(false);
  expect(same({ a: undefined }, { b: undefined })).toBe(false);
});

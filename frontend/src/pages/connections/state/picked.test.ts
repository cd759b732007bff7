import { expect, it } from "vitest";

import { picked } from "./picked";

it("has the older version first", () => {
  expect(picked("7,3")).toEqual([3, 7]);
  expect(picked("x,-1,2")).toEqual([2]);
});

it("takes a version in, and out again", () => {
  expect(picked("3", 7)).toEqual([3, 7]);
  expect(picked("3,7", 3)).toEqual([7]);
});

it("compares two at a time: a third takes the place of the first", () => {
  expect(picked("3,7", 9)).toEqual([7, 9]);
});

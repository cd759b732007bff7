import { expect, it } from "vitest";

import { partsOf } from "./spreadParts";

it("says where each part of numbers lies, the ends as they were told", () => {
  const parts = partsOf({ low: "0.001", high: "3.001", counts: [4, 0, 1] }, false);
  expect(parts).toEqual([
    { from: "0.001", to: "1.001", rows: 4 },
    { from: "1.001", to: "2.001", rows: 0 },
    { from: "2.001", to: "3.001", rows: 1 },
  ]);
});

it("has one part where all values are the same, and keeps a number that no double holds", () => {
  const same = "12345678901234567890";
  expect(partsOf({ low: same, high: same, counts: [9] }, false)).toEqual([
    { from: same, to: same, rows: 9 },
  ]);
});

it("divides time evenly", () => {
  const parts = partsOf(
    { low: "2026-01-01T00:00:00+00:00", high: "2026-01-03T00:00:00+00:00", counts: [1, 2] },
    true,
  );
  expect(parts[0]?.to).toBe("2026-01-02T00:00:00Z");
  expect(parts[1]?.from).toBe("2026-01-02T00:00:00Z");
});

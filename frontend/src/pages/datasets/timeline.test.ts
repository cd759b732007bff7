import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { NARROWEST, stretches } from "./timeline";

function version(validFrom: string, validTo?: string): Schemas["VersionView"] {
  return {
    validFrom,
    validTo,
    isCurrent: !validTo,
    isDeleted: false,
    recordedAt: validFrom,
    schemaVersion: 1,
    batchId: 1,
    seq: 1,
    values: {},
  };
}

const until = Date.parse("2026-01-05T00:00:00Z");

it("gives each version its part of the time, the oldest first", () => {
  const found = stretches(
    [version("2026-01-02T00:00:00Z"), version("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")],
    until,
  );
  expect(found.map(({ left, width }) => [left, width])).toEqual([
    [0, 25],
    [25, 75],
  ]);
});

it("keeps the shortest version wide enough to be seen, and all within the line", () => {
  const found = stretches(
    [
      version("2026-01-01T00:00:00.000002Z"),
      version("2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00.000002Z"),
    ],
    until,
  );
  const [shortest, longest] = found;
  expect(shortest?.width).toBeGreaterThan(NARROWEST * 0.9);
  expect((longest?.left ?? 0) + (longest?.width ?? 0)).toBeCloseTo(100);
});

it("has nothing to draw of no version", () => {
  expect(stretches([], until)).toEqual([]);
});

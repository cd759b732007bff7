import { expect, it } from "vitest";

import { tookOf } from "./took";

const startedAt = "2026-01-01T00:00:00.212000Z";

it("takes the instants of a job that is over, and not its whole seconds", () => {
  const job = { duration: "PT3S", atlas: { startedAt, endedAt: "2026-01-01T00:00:04.112000Z" } };
  expect(tookOf(job)).toBeCloseTo(3.9);
});

it("goes on with a job that runs", () => {
  const job = { duration: "PT1M3S", atlas: { startedAt } };
  expect(tookOf(job)).toBe(63);
  expect(tookOf(job, 2.5)).toBe(65.5);
});

it("is none of a job that has not begun", () => {
  expect(tookOf({ atlas: {} })).toBeUndefined();
});

import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { standingOf, standingSaid, volumes } from "./behind";

const stream = (windowsBehind?: number, extractedAt?: string): Schemas["StreamFreshness"] => ({
  stream: "users",
  ...(windowsBehind === undefined ? {} : { windowsBehind }),
  ...(extractedAt === undefined ? {} : { extractedAt }),
});
const old = "2020-01-01T00:00:00Z";

it("holds a stream against its own schedule, however old its data are", () => {
  expect([0, 1, 2, 11].map((behind) => standingOf(stream(behind, old)))).toEqual([
    "on time",
    "due",
    "late",
    "late",
  ]);
  expect(standingOf(stream(undefined, old))).toBe("unscheduled");
  expect([standingOf(stream()), standingOf(stream(0))]).toEqual(["none", "none"]);
  expect(standingOf(stream(2))).toBe("late");
});

it("says it in words too", () => {
  expect([1, 2, 11].map((behind) => standingSaid(stream(behind, old)))).toEqual([
    "due",
    "late by 2 windows",
    "late by more than 10 windows",
  ]);
  expect(standingSaid(stream())).toBe("nothing published");
});

it("draws the volume of jobs that read", () => {
  const job = (jobType: string, rows?: number) => ({
    jobId: 1,
    jobType,
    status: "succeeded",
    rows,
  });
  const recent = [job("sync", 5), job("clear", 0), job("sync"), job("refresh", 7)];
  expect(volumes(recent as Schemas["RecentJob"][])).toEqual([5, 7]);
});

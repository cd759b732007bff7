import { expect, test } from "vitest";

import type { Schemas } from "@/api/client";

import { followsStill, isSettled, isUnderWay } from "./tree";

const tree = (status: Schemas["JobStatus"], ...runs: Schemas["JobStatus"][]) =>
  ({
    status,
    transformationRuns: runs.map((each) => ({ status: each })),
  }) as Schemas["JobTreeView"];

test("a tree is under way until the last of its runs is over", () => {
  expect(isUnderWay(tree("running"))).toBe(true);
  expect(isUnderWay(tree("succeeded", "failed", "pending"))).toBe(true);
  expect(isUnderWay(tree("succeeded", "failed", "cancelled"))).toBe(false);
});

test("what follows a job is told from the job itself", () => {
  expect(followsStill(tree("running"))).toBe(false);
  expect(followsStill(tree("succeeded", "running"))).toBe(true);
});

test("a job that was read is waited for until it is over, also where a request for it failed", () => {
  const job = (status: Schemas["JobStatus"]) => ({ status });
  expect(isSettled({ data: job("running"), isError: true })).toBe(false);
  expect(isSettled({ data: job("failed"), isError: false })).toBe(true);
  expect(isSettled({ data: undefined, isError: false })).toBe(false);
  expect(isSettled({ data: undefined, isError: true })).toBe(true);
});

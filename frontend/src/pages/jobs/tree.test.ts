import { expect, test } from "vitest";

import type { Schemas } from "@/api/client";

import { followsStill, isUnderWay } from "./tree";

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

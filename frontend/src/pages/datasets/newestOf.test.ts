import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { newestOf } from "./newestOf";

const result = (check: string, outcome: string, jobId: number) =>
  ({ check, outcome, jobId }) as Schemas["ResultView"];

it("keeps the newest result of each check, what went wrong first", () => {
  const found = newestOf([
    result("no_nulls", "pass", 3),
    result("unique", "fail", 3),
    result("no_nulls", "fail", 2),
  ]);
  expect(found.map((one) => [one.check, one.outcome, one.jobId])).toEqual([
    ["unique", "fail", 3],
    ["no_nulls", "pass", 3],
  ]);
});

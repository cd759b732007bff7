import { expect, it } from "vitest";

import { byDimension, lowestFirst, type Score, trendPoints, scoresOf } from "./scores";

function score(dimension: Score["dimension"], value: number | undefined, stream = "s"): Score {
  const of = { connectionId: "c", connection: "c", table: "t", jobId: 1, method: "m" };
  return { ...of, stream, dimension, score: value, measured: value === undefined ? 0 : 10 };
}

it("puts the lowest first, and what was not measured last", () => {
  const found = lowestFirst([
    score("validity", 1),
    score("accuracy", undefined),
    score("validity", 0),
  ]);
  expect(found.map((one) => one.score)).toEqual([0, 1, undefined]);
});

it("names the lowest of each dimension, and counts what was measured and what was not", () => {
  const found = byDimension([
    score("validity", 0.9, "a"),
    score("validity", 0.5, "b"),
    score("validity", undefined, "c"),
    score("completeness", 0.6),
  ]);
  const validity = found.find((one) => one.dimension === "validity");
  expect([validity?.lowest?.stream, validity?.measured, validity?.unmeasured]).toEqual(["b", 2, 1]);
  expect(found).toHaveLength(6);
  expect(found.slice(0, 2).map((one) => one.dimension)).toEqual(["validity", "completeness"]);
  expect(found.at(-1)?.lowest).toBeUndefined();
});

it("draws the oldest job first, with a gap where nothing was measured", () => {
  const point = (value?: number) => ({
    dimension: "validity" as const,
    score: value,
    measured: 1,
    method: "m",
  });
  const found = trendPoints([
    { jobId: 2, recordedAt: "b", scores: [point()] },
    { jobId: 1, recordedAt: "a", scores: [point(0.5)] },
  ]);
  expect(found.map((one) => [one.jobId, one.validity])).toEqual([
    [1, 0.5],
    [2, null],
  ]);
});

it("follows one dimension from the oldest job to the newest, past jobs that did not measure it", () => {
  const job = (jobId: number, score?: number) => ({
    jobId,
    recordedAt: "2026-01-01T00:00:00Z",
    scores: [
      { dimension: "validity", measured: 1, method: "", ...(score === undefined ? {} : { score }) },
      { dimension: "accuracy", measured: 1, method: "", score: 0.1 },
    ],
  });
  const jobs = [job(3, 0.9), job(2), job(1, 0.5)] as Parameters<typeof scoresOf>[0];
  expect(scoresOf(jobs, "validity")).toEqual([0.5, 0.9]);
});

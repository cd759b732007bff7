import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { ganttOf } from "./spans";

const timeline: Schemas["TimelineView"] = {
  at: "2026-01-01T00:01:40Z",
  jobId: 1,
  connectionId: "x",
  connection: "demo",
  jobType: "sync",
  status: "running",
  createdAt: "2026-01-01T00:00:00Z",
  attempts: [
    {
      number: 1,
      runId: "x",
      status: "running",
      startedAt: "2026-01-01T00:00:00Z",
      seconds: {},
      streams: [
        {
          name: "users",
          reading: {
            extractedAt: "2026-01-01T00:00:10Z",
            firstLandedAt: "2026-01-01T00:00:12Z",
            lastLandedAt: "2026-01-01T00:00:50Z",
            records: 10,
            bytes: 100,
            batches: 2,
          },
          promotions: [
            {
              promotionId: 1,
              afterBatch: 0,
              lastBatch: 1,
              readyAt: "2026-01-01T00:00:50Z",
              recordedAt: "2026-01-01T00:01:10Z",
              outcome: "published",
              records: 10,
            },
          ],
        },
      ],
    },
  ],
};

it("draws a running job until now", () => {
  const { lanes, seconds } = ganttOf(timeline);

  expect(seconds).toBe(100);
  expect(lanes.map((lane) => [lane.name, lane.stage])).toEqual([
    ["Attempt 1", ""],
    ["users", "explore"],
    ["users", "chart, navigate"],
  ]);
  expect(lanes[1]?.bars[0]).toMatchObject({ from: 0.1, to: 1, seconds: 90 });
  expect(lanes[2]?.bars[0]).toMatchObject({ from: 0.5, to: 0.7, kind: "promotion" });
});

import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { versionsByJob } from "./versionsByJob";

function job(jobId: number, name: string, versions: number): Schemas["JobView"] {
  const books = { name, versions, deleted: 1 } as Schemas["StreamBooks"];
  const atlas = {
    connection: "demo",
    engine: "local" as const,
    attempts: 1,
    balanced: true,
    streams: [books],
  };
  return {
    jobId,
    atlas,
    status: "succeeded",
    jobType: "sync",
    connectionId: "c",
    startTime: `2026-01-0${jobId}T00:00:00Z`,
  };
}

it("has the jobs that wrote versions of the stream, the oldest first", () => {
  const jobs = [job(3, "users", 5), job(4, "users", 0), job(2, "others", 9), job(1, "users", 7)];
  expect(versionsByJob(jobs, { stream: "users" })).toEqual([
    { jobId: 1, at: "2026-01-01T00:00:00Z", versions: 7, deleted: 1 },
    { jobId: 3, at: "2026-01-03T00:00:00Z", versions: 5, deleted: 1 },
  ]);
});

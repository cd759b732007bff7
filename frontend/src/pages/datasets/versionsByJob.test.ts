import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { jobsThatWrite } from "./jobsThatWrite";
import { standingAt, versionsByJob } from "./versionsByJob";

function job(jobId: number, name: string, versions: number): Schemas["JobView"] {
  const books = { name, versions, deleted: 1 } as Schemas["StreamBooks"];
  const atlas = {
    connection: "demo",
    engine: "local" as const,
    attempts: 1,
    endedAt: new Date(Date.UTC(2026, 0, 1, jobId)).toISOString().replace("000Z", "000417Z"),
    balanced: true,
    streams: [books],
  };
  return {
    jobId,
    atlas,
    status: "succeeded",
    jobType: "sync",
    connectionId: "c",
    startTime: "2026-01-01T00:00:00Z",
    lastUpdatedAt: "2026-01-01T00:00:00Z",
  };
}

it("has the jobs that wrote versions of the stream, the oldest first", () => {
  const jobs = [job(3, "users", 5), job(4, "users", 0), job(2, "others", 9), job(1, "users", 7)];
  expect(versionsByJob(jobs, { stream: "users" })).toEqual([
    { jobId: 1, at: "2026-01-01T01:00:00.000417Z", versions: 7, deleted: 1 },
    { jobId: 3, at: "2026-01-01T03:00:00.000417Z", versions: 5, deleted: 1 },
  ]);
});

it("has the newest hundred of a hundred and one jobs", async () => {
  const all = Array.from({ length: 101 }, (_, place) => job(place + 1, "users", 1));
  const found = await jobsThatWrite("c", ({ orderBy, limit }) => {
    const ordered = orderBy === "createdAt|DESC" ? all.toReversed() : all;
    return Promise.resolve({ data: ordered.slice(0, limit) });
  });
  const jobs = versionsByJob(found, { stream: "users" });
  expect([jobs.length, jobs[0]?.jobId, jobs.at(-1)?.jobId]).toEqual([100, 2, 101]);
});

it("stands at a job when its own end is asked for", () => {
  const jobs = versionsByJob([job(1, "users", 1), job(2, "users", 1)], { stream: "users" });
  expect(standingAt(jobs, jobs[0]?.at)).toBe(1);
  expect(standingAt(jobs, "2026-01-01T00:59:59Z")).toBe(0);
  expect(standingAt(jobs, undefined)).toBe(2);
});

import { expect, it } from "vitest";

import { againOf, isGrave } from "./again";

const job = { connectionId: "c", atlas: { engine: "local" as const } };

it("asks for the same streams, range and parts again", () => {
  const asked = {
    streams: [{ name: "orders" }],
    removeHistory: false,
    swap: false,
    backfill: { from: "1", to: "9", chunks: 2 },
  };
  expect(againOf({ ...job, jobType: "backfill", atlas: { ...job.atlas, asked } })).toEqual({
    connectionId: "c",
    jobType: "backfill",
    atlas: asked,
  });
});

it("knows no way to repeat a replay: it is of records", () => {
  expect(againOf({ ...job, jobType: "replay" })).toBeUndefined();
  expect(againOf({ ...job, jobType: "sync" })?.jobType).toBe("sync");
});

it("asks for a name before something goes for good", () => {
  const atlas = { streams: [], removeHistory: false, swap: false };
  expect(isGrave({ jobType: "clear", atlas })).toBe(true);
  expect(isGrave({ jobType: "refresh", atlas })).toBe(false);
  expect(isGrave({ jobType: "refresh", atlas: { ...atlas, removeHistory: true } })).toBe(true);
  expect(isGrave({ jobType: "rebuild", atlas: { ...atlas, swap: true } })).toBe(true);
});

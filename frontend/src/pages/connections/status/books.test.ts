import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";
import { idOf } from "@/pages/connections/streams/choice";

import { newestBooks, newestVersions } from "./books";

const job = (jobId: number, ...names: string[]) =>
  ({
    jobId,
    atlas: { streams: names.map((name) => ({ name, read: jobId, rejected: 0 })) },
  }) as unknown as Schemas["JobView"];

it("has of each stream the newest job that had it", () => {
  const found = newestBooks([job(3, "orders"), job(2, "orders", "users"), job(1, "users")]);
  expect(found.get(idOf({ name: "orders" }))?.job.jobId).toBe(3);
  expect(found.get(idOf({ name: "users" }))?.books.read).toBe(2);
  expect(found.get(idOf({ name: "orders", namespace: "other" }))).toBeUndefined();
});

it("names a replay as the last job, with the books of the last that read something", () => {
  const replay = { jobId: 9, atlas: { streams: [{ name: "orders", read: 0, rejected: 0 }] } };
  const found = newestBooks([replay as unknown as Schemas["JobView"], job(3, "orders")]);
  const orders = found.get(idOf({ name: "orders" }));
  expect([orders?.last.jobId, orders?.job.jobId, orders?.books.read]).toEqual([9, 3, 3]);
});

it("has the newest version, in whichever order they come", () => {
  const version = (number: number) => ({ stream: "a", version: number }) as never;
  expect(newestVersions([version(1), version(3), version(2)]).get(idOf({ name: "a" }))).toBe(3);
});

import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { isWithin, lastGoodOf, within } from "./since";

const at = (minute: number): string =>
  new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString().replace(".000", "");
const span = { after: at(10), until: at(200) };

it("counts nothing that came after the failure, nor before what went well", () => {
  expect(isWithin(at(10), span)).toBe(false);
  expect(isWithin(at(11), span)).toBe(true);
  expect(isWithin(at(200), span)).toBe(true);
  expect(isWithin(at(201), span)).toBe(false);
  expect(
    isWithin("2026-01-01T00:10:00.000001Z", { ...span, after: "2026-01-01T00:09:59.9Z" }),
  ).toBe(true);
});

it("reads a list on until it is older than what went well", async () => {
  const minutes = Array.from({ length: 500 }, (_, place) => 499 - place);
  const asked: number[] = [];
  const { found, isCut } = await within(
    ({ limit, offset }) => {
      asked.push(offset);
      return Promise.resolve({ data: minutes.slice(offset, offset + limit), next: "more" });
    },
    at,
    span,
  );
  expect([found[0], found.at(-1), isCut]).toEqual([200, 11, false]);
  expect(asked).toEqual([0, 100, 200, 300, 400]);
});

it("says that it has not seen all of a list that is too long", async () => {
  const { isCut } = await within(
    () => Promise.resolve({ data: [at(300)], next: "more" }),
    (one) => one,
    span,
  );
  expect(isCut).toBe(true);
});

it("takes no clear for a run that went well, nor what brings an older generation back", () => {
  const job = (jobId: number, jobType: string, generation?: number) =>
    ({
      jobId,
      jobType,
      atlas: { endedAt: at(jobId), asked: generation === undefined ? undefined : { generation } },
    }) as unknown as Schemas["JobView"];
  expect(lastGoodOf([job(4, "clear"), job(3, "refresh", 1), job(1, "sync")])?.jobId).toBe(1);
  expect(lastGoodOf([job(1, "sync"), job(2, "refresh")])?.jobId).toBe(2);
  expect(lastGoodOf([job(4, "clear")])).toBeUndefined();
});

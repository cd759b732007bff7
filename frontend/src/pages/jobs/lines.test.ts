import { expect, it } from "vitest";

import { type FetchLines, type Line, readOn, textOf } from "./lines";

const line = (number: number): Line => ({
  lineId: number,
  attempt: 1,
  at: "2026-01-01T00:00:00Z",
  level: "INFO",
  speaker: "atlas",
  message: `line ${number}`,
});

const log =
  (length: number): FetchLines =>
  ({ limit, offset }) => {
    const numbers = Array.from({ length }, (_, place) => place).slice(offset, offset + limit);
    const next = offset + limit < length ? "more" : "";
    return Promise.resolve({ data: numbers.map(line), next });
  };

it("reads a log to its end, however long it is, and says how far it is", async () => {
  const read: Line[] = [];
  const said: number[] = [];
  await readOn(log(250), 0, (lines) => {
    read.push(...lines);
    said.push(read.length);
  });
  expect(said).toEqual([100, 200, 250]);
  expect(textOf(read).split("\n")).toHaveLength(250);
});

it("goes on from where it was, and stops when nobody waits for it", async () => {
  const read: number[] = [];
  await readOn(log(250), 240, (lines) => read.push(...lines.map((one) => one.lineId)));
  expect(read[0]).toBe(240);
  expect(read).toHaveLength(10);

  const leaving = new AbortController();
  let pages = 0;
  await readOn(
    log(1_000),
    0,
    () => {
      pages += 1;
      leaving.abort();
    },
    leaving.signal,
  );
  expect(pages).toBe(1);
});

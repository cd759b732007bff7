import { expect, it } from "vitest";

import { everything } from "./everything";

function list(length: number) {
  return async ({ limit, offset }: { limit: number; offset: number }) => {
    const data = Array.from({ length }, (_, n) => n).slice(offset, offset + limit);
    return { data, next: offset + limit < length ? "more" : "" };
  };
}

it("reads a list to its end", async () => {
  const found = await everything(list(250));
  expect([found.rows.length, found.rows.at(-1), found.isCut]).toEqual([250, 249, false]);
});

it("says where it stopped before the end", async () => {
  const found = await everything(list(500), 200);
  expect([found.rows.length, found.isCut]).toEqual([200, true]);
});

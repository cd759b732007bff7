import { expect, it } from "vitest";

import { allOf } from "./all";

it("reads on until the API says that there is no more", async () => {
  const asked: number[] = [];
  const found = await allOf((window) => {
    asked.push(window.offset);
    const data = [1, 2, 3, 4, 5].slice(window.offset, window.offset + window.limit);
    return Promise.resolve({ data, next: window.offset + window.limit < 5 ? "more" : "" });
  }, 2);
  expect(found).toEqual([1, 2, 3, 4, 5]);
  expect(asked).toEqual([0, 2, 4]);
});

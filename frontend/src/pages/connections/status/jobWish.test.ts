import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";
import { idOf } from "@/pages/connections/streams/choice";

import { bodyOf, isGrave, lackOf, NO_WISH } from "./jobWish";

const connection = {
  connectionId: "an-id",
  configurations: { streams: [{ name: "orders" }, { name: "users", namespace: "shop" }] },
} as unknown as Schemas["ConnectionView"];

it("asks for all streams by naming none", () => {
  expect(bodyOf(connection, "refresh", NO_WISH).atlas).toEqual({
    removeHistory: false,
    swap: false,
  });
});

it("sends of a wish only what its kind knows", () => {
  const wish = { ...NO_WISH, removesHistory: true, swaps: true };
  expect(bodyOf(connection, "rebuild", wish).atlas).toMatchObject({
    removeHistory: false,
    swap: true,
  });
  expect(bodyOf(connection, "clear", wish).atlas).toMatchObject({
    removeHistory: true,
    swap: false,
  });
});

it("names a stream with its namespace", () => {
  const streamIds = [idOf({ name: "users", namespace: "shop" })];
  expect(bodyOf(connection, "refresh", { ...NO_WISH, streamIds }).atlas?.streams).toEqual([
    { name: "users", namespace: "shop" },
  ]);
});

it("needs a stream and both ends for a backfill", () => {
  expect(lackOf("backfill", NO_WISH)).toMatch(/one stream/);
  expect(lackOf("backfill", { ...NO_WISH, streamIds: ["a"], from: "1" })).toMatch(/both ends/);
  expect(lackOf("backfill", { ...NO_WISH, streamIds: ["a"], from: "1", to: "2" })).toBeUndefined();
});

it("knows what cannot be taken back", () => {
  expect(isGrave("clear", NO_WISH)).toBe(true);
  expect(isGrave("refresh", NO_WISH)).toBe(false);
  expect(isGrave("refresh", { ...NO_WISH, removesHistory: true })).toBe(true);
  expect(isGrave("rebuild", { ...NO_WISH, swaps: true })).toBe(true);
});

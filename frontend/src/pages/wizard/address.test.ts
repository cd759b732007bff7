import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { addressOf, enteredOf, placeOf } from "./address";
import { isBegun, keepOf, NOTHING } from "./entered";

const source = {
  sourceId: "s",
  name: "people",
  sourceType: "faker",
  workspaceId: "w",
  configuration: { sourceType: "faker", count: 3 },
} as unknown as Schemas["SourceView"];

it("goes on after a reload with the source that was kept, at its streams", () => {
  const entered = { ...NOTHING, connector: "source-faker", source, isOwnSource: true };
  const place = placeOf(addressOf(4, entered));
  expect(place).toEqual({ step: 2, connector: "source-faker", sourceId: "s", isOwnSource: true });
  expect(enteredOf(source, true)).toMatchObject({
    sourceName: "people",
    workspaceId: "w",
    configuration: { count: 3 },
  });
});

it("begins at the configuration of a connector that an address names", () => {
  expect(placeOf(new URLSearchParams("connector=source-faker")).step).toBe(1);
  expect(placeOf(new URLSearchParams("step=4")).step).toBe(0);
});

it("shows the request that is sent: a source that was made here is changed", () => {
  const configuration = { sourceType: "faker", count: 3 };
  const entered = { ...NOTHING, sourceName: " people ", workspaceId: "w" };
  expect(keepOf(entered, configuration, configuration)).toMatchObject({
    method: "post",
    path: "/v1/sources",
    body: JSON.stringify({ name: "people", workspaceId: "w", configuration }),
  });
  const own = { ...entered, source, isOwnSource: true };
  expect(keepOf(own, configuration, { sourceType: "faker" })).toMatchObject({
    method: "put",
    path: "/v1/sources/s",
    body: JSON.stringify({ name: "people", configuration }),
    shown: JSON.stringify({ name: "people", configuration: { sourceType: "faker" } }),
  });
});

it("has something to lose once something was entered", () => {
  expect(isBegun(NOTHING)).toBe(false);
  expect(isBegun({ ...NOTHING, connector: "source-faker" })).toBe(false);
  expect(isBegun({ ...NOTHING, configuration: { count: 3 } })).toBe(true);
  expect(isBegun({ ...NOTHING, source, isOwnSource: true })).toBe(true);
});

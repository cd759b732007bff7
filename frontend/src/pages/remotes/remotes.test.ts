import { expect, test } from "vitest";

import type { Schemas } from "@/api/client";

import { importable, importOf } from "./remotes";

const there = (id: string, here?: string) =>
  ({ remoteConnectionId: id, connectionId: here }) as Schemas["RemoteConnectionView"];

const FOUND = [there("a"), there("b", "1"), there("c")];

test("what is here already is not imported again, though it was chosen", () => {
  expect(importOf(FOUND, new Set(["a", "b"]), "atlas")).toEqual({
    connectionIds: ["a"],
    schedule: "atlas",
  });
});

test("what can be imported is what is not here", () => {
  expect(importable(FOUND).map((one) => one.remoteConnectionId)).toEqual(["a", "c"]);
});

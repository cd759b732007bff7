import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { keyFields, keyValues } from "./keyForm";

const columns = [
  { path: ["id"], type: "bigint" },
  { path: ["open"], type: "boolean" },
] as Schemas["DatasetColumnView"][];

it("asks for each field of the key, and sends what was typed unchanged", () => {
  const fields = keyFields({ primaryKey: [["id"], ["open"], ["doc", "code"]], columns });
  expect(fields.map((field) => field.label)).toEqual(["id", "open", "doc.code"]);
  expect(keyValues(fields, { 0: "9007199254740993", 1: "true", 2: "true" })).toEqual([
    "9007199254740993",
    true,
    "true",
  ]);
});

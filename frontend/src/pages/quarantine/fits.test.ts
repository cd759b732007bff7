import { expect, it } from "vitest";

import { misfits } from "./fits";

const column = (field: string, type: string, required = false) => ({
  field,
  type,
  required,
  inner: [],
});

it("names fields that lack a value or may not fit", () => {
  const columns = [
    column("id", "bigint", true),
    column("price", "numeric"),
    column("at", "timestamptz"),
    column("open", "boolean"),
    column("doc", "jsonb"),
  ];
  expect(misfits({ price: "many", at: "yesterday", open: "yes", doc: [1] }, columns)).toEqual([
    "id is required, and has no value.",
    "price may not fit numeric.",
    "at may not fit timestamptz.",
    "open may not fit boolean.",
  ]);
  expect(
    misfits(
      { id: "9007199254740993", price: "1.5", at: "2026-01-01T00:00:00Z", open: true },
      columns,
    ),
  ).toEqual([]);
});

it("does not ask for what lies within another field", () => {
  expect(misfits({}, [{ field: "doc", inner: ["[]"], type: "bigint", required: true }])).toEqual(
    [],
  );
});

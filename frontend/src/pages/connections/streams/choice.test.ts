import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { choicesOf, configurationsOf, defaultOf, lackOf } from "./choice";

const offered = (more: Partial<Schemas["StreamProperties"]> = {}): Schemas["StreamProperties"] => ({
  streamName: "orders",
  syncModes: ["full_refresh_overwrite", "incremental_append", "incremental_deduped_history"],
  defaultCursorField: ["updated_at"],
  sourceDefinedCursorField: false,
  sourceDefinedPrimaryKey: [],
  propertyFields: [["id"], ["updated_at"]],
  ...more,
});

it("begins with what the source is best read by", () => {
  expect(defaultOf(offered()).syncMode).toBe("incremental_append");
  expect(defaultOf(offered({ sourceDefinedPrimaryKey: [["id"]] })).syncMode).toBe(
    "incremental_deduped_history",
  );
  expect(defaultOf(offered({ syncModes: ["full_refresh_overwrite"] })).syncMode).toBe(
    "full_refresh_overwrite",
  );
});

it("sends a key and a cursor only where the source has none of its own", () => {
  const own = defaultOf(
    offered({ sourceDefinedCursorField: true, sourceDefinedPrimaryKey: [["id"]] }),
  );
  const [stream] = configurationsOf([own]).streams ?? [];
  expect(stream).toEqual({ name: "orders", syncMode: "incremental_deduped_history" });
  const mine = { ...defaultOf(offered()), key: [["id"]], nested: "flatten" as const };
  expect(configurationsOf([mine]).streams?.[0]).toMatchObject({
    cursorField: ["updated_at"],
    primaryKey: [["id"]],
    atlas: { nested: "flatten" },
  });
});

it("leaves out what was not chosen", () => {
  expect(configurationsOf([{ ...defaultOf(offered()), isChosen: false }]).streams).toEqual([]);
});

it("says what a mode still needs", () => {
  const choice = defaultOf(offered());
  expect(lackOf({ ...choice, syncMode: "incremental_deduped_history" })).toBe(
    "needs a primary key",
  );
  expect(lackOf({ ...choice, cursor: [] })).toBe("needs a cursor");
  expect(lackOf({ ...choice, cursor: [], isChosen: false })).toBeUndefined();
});

it("puts what is read first, and what could be read after it", () => {
  const connected = {
    name: "users",
    syncMode: "full_refresh_append",
    atlas: { nested: "json", checkCols: [], leftOut: [] },
  } as unknown as Schemas["StreamView"];
  const found = choicesOf([connected], [offered(), offered({ streamName: "users" })], []);
  expect(found.map((one) => [one.name, one.isChosen])).toEqual([
    ["users", true],
    ["orders", false],
  ]);
  expect(found[0]?.offered?.streamName).toBe("users");
});

it("lets objects and arrays be laid out later, and not taken back", () => {
  const reading = (nested: string) =>
    ({
      name: "orders",
      syncMode: "incremental_append",
      atlas: { nested, checkCols: [], leftOut: [] },
    }) as unknown as Schemas["StreamView"];
  const found = ["json", "flatten"].flatMap((nested) => choicesOf([reading(nested)], [], []));
  expect(found.map((one) => one.isLaidOut)).toEqual([false, true]);
});

it("asks by name for fields once one is left out, and for all by none", () => {
  const choice = defaultOf(offered({ propertyFields: [["id"], ["updated_at"], ["note"], ["note", "by"]] })); // prettier-ignore
  const some = { ...choice, leftOut: ["note"] };
  expect(configurationsOf([choice]).streams?.[0]).not.toHaveProperty("selectedFields");
  expect(configurationsOf([some]).streams?.[0]?.selectedFields).toEqual([
    { fieldPath: ["id"] },
    { fieldPath: ["updated_at"] },
  ]);
  expect(configurationsOf([{ ...choice, hasSelected: true }]).streams?.[0]?.selectedFields).toEqual(
    [],
  );
});

it("knows the fields that the source does not name, and does not let go of what it reads by", () => {
  const connected = {
    name: "orders",
    namespace: null,
    syncMode: "incremental_append",
    cursorField: ["updated_at"],
    atlas: { nested: "json", checkCols: [], leftOut: ["gone"] },
  } as unknown as Schemas["StreamView"];
  const columns = [
    { stream: "orders", field: "extra" },
    { stream: "others", field: "not mine" },
  ];
  const [choice] = choicesOf([connected], [offered()], columns);
  if (!choice) throw new Error("the stream that is read is not among the choices");
  expect(choice.fields).toEqual(["id", "updated_at", "extra", "gone"]);
  expect(lackOf(choice)).toBeUndefined();
  expect(lackOf({ ...choice, leftOut: ["updated_at"] })).toBe("needs the fields updated_at");
});

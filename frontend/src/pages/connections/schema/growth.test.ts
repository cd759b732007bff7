import { expect, it } from "vitest";

import { borne, told } from "./growth";

it("says what changes, and into what", () => {
  const growth = {
    kind: "type_changed",
    field: "a.b",
    was: "bigint",
    willBe: "text",
    breaking: false,
  };
  expect(told(growth)).toBe("type changed a.b: bigint will be text");
  expect(told({ kind: "added", field: "c", willBe: "text", breaking: false })).toBe(
    "added c: text",
  );
  expect(told({ kind: "stream_gone", breaking: true })).toBe("stream gone");
});

it("does not take what was not seen for agreement", () => {
  const rename = { old: ["a"], new: ["b"], column: "a" };
  expect(borne(rename)).toMatch(/took too long/);
  expect(borne({ ...rename, compared: 0, agreeing: 0 })).toMatch(/no record/);
  expect(borne({ ...rename, compared: 10, agreeing: 9 })).toBe("9 of 10 compared records agree");
});

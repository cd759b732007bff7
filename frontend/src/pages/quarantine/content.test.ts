import { expect, it } from "vitest";

import { bytesOf, fixOf, objectOf } from "./content";

it("reads JSON objects alone", () => {
  expect(objectOf('{"a":1}')).toEqual({ a: 1 });
  expect([objectOf("[1]"), objectOf("null"), objectOf("{"), objectOf(undefined)]).toEqual(
    Array(4).fill(undefined),
  );
});

it("dumps bytes with their places", () => {
  const text = bytesOf(btoa('{"a":"\xff\x00"}   17 bytes'));
  expect(text.split("\n")).toHaveLength(2);
  expect(text).toContain("00000000  7b 22 61 22 3a 22 ff 00 22 7d");
  expect(text).toContain('{"a":".."}');
});

it("keeps a correction's numbers as they were typed", () => {
  expect(fixOf("record", ' {"id": 12345678901234567890, "p": 1.10} ', 'it"s')).toEqual({
    record: '{"id": 12345678901234567890, "p": 1.10}',
    note: '"it\\"s"',
  });
  expect(fixOf("patch", '{"a":null}', " ")).toEqual({ patch: '{"a":null}' });
});

import { expect, it } from "vitest";

import { exactly, indented, itemsOf, membersOf, objectProblem, shownValue } from "./jsonText";

it("lays JSON out without changing a number that no double holds", () => {
  expect(indented('{"id":12345678901234567890,"price":1.10,"tags":[],"in":{"a":"x,{y"}}')).toBe(
    '{\n  "id": 12345678901234567890,\n  "price": 1.10,\n  "tags": [],\n  "in": {\n    "a": "x,{y"\n  }\n}',
  );
});

it("keeps quotes within texts, and what is not JSON", () => {
  expect(indented(String.raw`{"a":"say \"hi\": [1]"}`)).toBe(
    `{\n  "a": ${String.raw`"say \"hi\": [1]"`}\n}`,
  );
  expect(indented("{broken")).toBe("{broken");
});

it("says what a record may not be", () => {
  expect(objectProblem("{")).toContain("not JSON");
  expect(objectProblem("[1]")).toContain("JSON object");
  expect(objectProblem('{"a":1}')).toBeUndefined();
});

it("shows texts as they are and the rest as JSON", () => {
  expect(shownValue("x")).toBe("x");
  expect(shownValue({ a: 1 })).toBe('{"a":1}');
  expect(shownValue(null)).toBe("null");
});

it("reads numbers that no double holds as they are written", () => {
  const text = String.raw`{"a":12345678901234567890.5,"b":[1.50,-2e3],"c":"say \"1234567890123456789\"","0000000000000000001":1}`;
  expect(exactly(text)).toEqual({
    a: "12345678901234567890.5",
    b: [1.5, -2000],
    c: 'say "1234567890123456789"',
    "0000000000000000001": 1,
  });
  expect(() => exactly("{")).toThrow(SyntaxError);
});

it("keeps a long number a number where a double holds it as it is written", () => {
  expect(exactly('{"score":0.8123456789012345,"id":9007199254740993}')).toEqual({
    score: 0.8123456789012345,
    id: "9007199254740993",
  });
});

it("takes JSON apart without reading what its parts say", () => {
  const text = String.raw` { "a,b": [1, {"c": 12345678901234567890}] , "say \"{\"" :"}, \"x\"", "n":null,"o": { } } `;
  expect([...membersOf(text)]).toEqual([
    ["a,b", '[1, {"c": 12345678901234567890}]'],
    ['say "{"', String.raw`"}, \"x\""`],
    ["n", "null"],
    ["o", "{ }"],
  ]);
  expect(itemsOf('[1.50, "a,b", [], {"c":[1,2]}]')).toEqual(["1.50", '"a,b"', "[]", '{"c":[1,2]}']);
  expect(itemsOf("[ ]")).toEqual([]);
  expect(() => membersOf("{")).toThrow(SyntaxError);
});

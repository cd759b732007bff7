import { expect, it } from "vitest";

import { differencesIn, fileText, writtenIn } from "./written";

const ANSWER =
  '{"connectionId":"c","version":3,"stateType":"stream","streamState":[' +
  '{"streamDescriptor":{"name":"orders","namespace":"shop"},"streamState":{"cursor":1750000000000000123}},' +
  '{"streamDescriptor":{"name":"users"}}]}';

it("has each stream's state as it is written, numbers that no double holds among them", () => {
  expect(writtenIn(ANSWER)).toEqual({
    version: 3,
    stateType: "stream",
    streams: [
      { name: "shop.orders", text: '{"cursor":1750000000000000123}' },
      { name: "users", text: "null" },
    ],
    whole: "null",
  });
});

it("has one state of all streams, by whichever member it is told", () => {
  const lsn = '{"lsn":24319842098741231}';
  for (const answer of [
    `{"version":1,"globalState":${lsn},"state":null}`,
    `{"version":1,"globalState":null,"state":${lsn}}`,
  ])
    expect(writtenIn(answer)).toMatchObject({ streams: [], whole: lsn });
  expect(writtenIn('{"connectionId":"c"}').version).toBeUndefined();
});

it("makes a file of it that differs in nothing but its lines", () => {
  const file = fileText(ANSWER, "airbyte");
  expect(file).toContain('"cursor": 1750000000000000123');
  expect(Object.keys(JSON.parse(file) as object)).toEqual([
    "connectionId",
    "stateType",
    "streamState",
  ]);
  const messages = '{"version":3,"messages":[{"type":"GLOBAL","id":9007199254740993}]}';
  expect(fileText(messages, "messages")).toBe(
    '[\n  {\n    "type": "GLOBAL",\n    "id": 9007199254740993\n  }\n]',
  );
});

it("has both sides of a difference as they are written", () => {
  const answer =
    '{"fromVersion":1,"toVersion":2,"data":[{"stream":"orders","status":"changed","paths":["/id"],' +
    '"before":{"id":9007199254740992},"after":{"id":9007199254740993}},{"stream":"new","status":"added"}]}';
  const [changed, added] = differencesIn(answer);
  expect(changed?.texts).toEqual({
    before: '{"id":9007199254740992}',
    after: '{"id":9007199254740993}',
  });
  expect(added?.texts).toEqual({ before: "null", after: "null" });
});

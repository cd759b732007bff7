import { expect, test } from "vitest";

import {
  changeOf,
  creationOf,
  draftOf,
  NOTHING,
  problemsOf,
  shownOf,
  type Written,
  writtenIn,
} from "./draft";

const KEPT: Written = {
  transformationId: "1",
  workspaceId: "2",
  name: "nightly",
  status: "active",
  project: "shop",
  select: ["tag:finale"],
  exclude: [],
  vars: '{"day":"monday"}',
  environment: '{"PG_PASSWORD":"**********","REGION":"eu","OLD":"1"}',
  afterConnectionId: "3",
  blocksOnFailedTests: true,
  makesDocs: false,
  timeoutS: 60,
  retries: 1,
  createdAt: "",
  updatedAt: "",
};

test("a change sends no hidden value back, and says which variables are gone", () => {
  const draft = draftOf(KEPT);
  const environment = JSON.stringify({ PG_PASSWORD: "**********", REGION: "us", NEW: "2" });

  const change = changeOf({ ...draft, environment }, KEPT);

  expect(change.environment).toBe('{"REGION":"us","NEW":"2","OLD":null}');
  expect(changeOf(draft, KEPT)).not.toHaveProperty("environment");
});

test("what is emptied is sent as nothing, not left out", () => {
  const change = changeOf({ ...draftOf(KEPT), target: " ", afterConnectionId: null }, KEPT);

  expect(change.target).toBe("null");
  expect(change.afterConnectionId).toBe("null");
});

test("a number that no double holds stays as it is, read and sent", () => {
  const answer = JSON.stringify({ ...KEPT, vars: {}, environment: {} })
    .replace('"vars":{}', '"vars":{"since":9007199254740993}')
    .replace('"environment":{}', '"environment":{"ACCOUNT":9007199254740995}');
  const written = writtenIn(answer);
  const draft = draftOf(written);
  expect(draft.vars).toBe('{\n  "since": 9007199254740993\n}');

  const other = { ...draft, environment: '{"ACCOUNT": 9007199254740994}' };
  expect(changeOf(other, written)).toMatchObject({
    vars: draft.vars,
    environment: '{"ACCOUNT":9007199254740994}',
  });
  expect(changeOf(draft, written)).not.toHaveProperty("environment");
});

test("a new one has what was typed, and is not shown with its variables' values", () => {
  const body = creationOf(
    {
      ...NOTHING,
      name: " daily ",
      project: "shop",
      vars: '{"a": 1}',
      environment: '{"A_TOKEN": "secret"}',
    },
    "2",
  );

  expect(body).toMatchObject({ name: '"daily"', project: '"shop"', vars: '{"a": 1}' });
  expect(body).not.toHaveProperty("target");
  expect(body.environment).toBe('{"A_TOKEN": "secret"}');
  expect(JSON.stringify(shownOf(body))).not.toContain("secret");
});

test("what is no JSON object is a problem, and so is a name that is not there", () => {
  expect(problemsOf(NOTHING)).toHaveProperty("name");
  expect(problemsOf({ ...NOTHING, name: "a", project: "b" })).toEqual({});
  expect(problemsOf({ ...NOTHING, name: "a", project: "b", vars: "[1]" })).toHaveProperty("vars");
});

import { expect, test } from "vitest";

import type { Schemas } from "@/api/client";

import { bodyOf, hasReferences, HIDDEN, lackOf, shownOf, termsOf } from "./terms";

const POLICY: Schemas["RemotePolicyView"] = {
  history: 5,
  freshness: [],
  allowUnverified: true,
  retryUnverified: false,
  whenRunning: "attach",
  cancelOnDeadline: true,
  maxRetries: 2,
};
const view = (profile?: Record<string, unknown>) =>
  ({ policy: POLICY, profile }) as unknown as Schemas["ConnectionRemoteView"];

test("a hidden secret is sent back as it is shown, so that it stays", () => {
  const terms = termsOf(view({ kind: "postgres", dsn: HIDDEN }));

  expect(bodyOf(terms)).toEqual({ policy: POLICY, profile: { kind: "postgres", dsn: HIDDEN } });
});

test("a profile of another kind takes nothing of the first along", () => {
  const terms = { ...termsOf(view({ kind: "postgres", dsn: HIDDEN })), kind: "snowflake" as const };

  expect(lackOf(terms)).toContain("Account");
  expect(bodyOf({ ...terms, profile: { ...terms.profile, account: "a" } }).profile).toEqual({
    kind: "snowflake",
    account: "a",
  });
});

test("what is typed is not shown in the request", () => {
  const body = bodyOf({
    policy: POLICY,
    kind: "postgres",
    profile: { dsn: "postgresql://a:secret@b/c" },
  });

  expect(JSON.stringify(shownOf(body))).not.toContain("secret");
});

test("freshness cannot be asked of a destination that nobody can reach", () => {
  const policy = { ...POLICY, freshness: [{ table: "RAW.USERS", column: "AT", maxAgeS: 60 }] };

  expect(lackOf({ policy, kind: "none", profile: {} })).toContain("destination");
  expect(lackOf({ policy, kind: "postgres", profile: { dsn: "x" } })).toBeUndefined();
  expect(
    lackOf({
      ...termsOf(view()),
      policy: { ...policy, freshness: [{ table: "x", column: "a", maxAgeS: 1 }] },
    }),
  ).toContain("schema.table");
});

test("a secret that is kept elsewhere is noticed, for this form would lose it", () => {
  expect(hasReferences(view({ kind: "postgres", dsn: { $env: "ATLAS_SECRET_X" } }))).toBe(true);
  expect(hasReferences(view({ kind: "postgres", dsn: HIDDEN }))).toBe(false);
});

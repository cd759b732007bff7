import { expect, it } from "vitest";

import { evidenceSaid, having, keyOf, type Listed, toReviewFirst } from "./decisions";

const evidence = { distinct: 120, share: 0.97, headerWords: 1, detector: "d/1", isJudged: true };

function listed(path: string, verdict: string, action: string, confidence: number): Listed {
  return {
    connectionId: "c",
    connection: "shop",
    stream: "users",
    table: "users",
    decision: { path: path.split("."), verdict, action, confidence, decidedBy: "atlas", evidence },
  };
}

const clean = listed("id", "clean", "pass", 0.9);
const masked = listed("email", "personal", "mask", 0.99);
const doubtful = listed("address.note", "review", "mask", 0.4);

it("puts those to review first, then the masked ones", () => {
  expect(toReviewFirst([clean, masked, doubtful])).toEqual([doubtful, masked, clean]);
});

it("finds a text in a path, whatever its case", () => {
  expect(having([clean, masked, doubtful], "ADDRESS.n")).toEqual([doubtful]);
  expect(having([clean, masked], " ")).toEqual([clean, masked]);
});

it("tells a path of two keys from a key with a dot", () => {
  const dotted = { ...doubtful, decision: { ...doubtful.decision, path: ["address.note"] } };
  expect(keyOf(dotted)).not.toBe(keyOf(doubtful));
});

it("says what a decision rests on, and where nothing was judged", () => {
  expect(evidenceSaid({ ...evidence, modelShare: 0.5 }, "EMAIL_ADDRESS")).toEqual([
    "97 % of 120 distinct values are well-formed as EMAIL_ADDRESS.",
    "1 word of its name point to personal data.",
    "The model saw it in 50 % of the values it was asked about.",
  ]);
  expect(evidenceSaid({ ...evidence, isJudged: false }, undefined)[0]).toContain(
    "Nothing was judged",
  );
});

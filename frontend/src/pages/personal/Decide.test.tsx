// @vitest-environment jsdom
import { answer, askedAt } from "@/fixtures/atlas";
import { draw, lookAgain } from "@/fixtures/drawn";

import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";

import { Decide } from "./Decide";
import type { Listed } from "./decisions";

const PATH = "/v1/personal-data/c/people";
const ROW = {
  connectionId: "c",
  stream: "people",
  decision: { path: ["email"], action: "pass", verdict: "clean" },
} as unknown as Listed;
const there = (tag: string, action: string) =>
  answer({
    [`GET ${PATH}/history`]: {
      tag: `"${tag}.x"`,
      value: { data: [{ ...ROW.decision, action }], next: "" },
    },
  });
const masked = () => screen.getByRole<HTMLInputElement>("radio", { name: "Mask it" }).checked;

beforeEach(() =>
  answer({
    [`POST ${PATH}/preview`]: {
      value: {
        maskedNow: { rows: 1, versions: 1 },
        tokensKept: { rows: 0, versions: 0 },
        fromNowOn: "It is masked.",
      },
    },
    [`PUT ${PATH}`]: { value: {} },
  }),
);

it("begins with the newest decision, and names it when it takes its place", async () => {
  there("1", "mask");
  draw(<Decide row={ROW} />);
  fireEvent.change(await screen.findByLabelText(/^Reason/), { target: { value: "asked for" } });
  expect(masked()).toBe(true);
  fireEvent.click(screen.getByRole("button", { name: "See what it does" }));
  fireEvent.change(await screen.findByLabelText(/to go on/), { target: { value: "email" } });
  fireEvent.click(screen.getAllByRole("button", { name: "Mask it" }).at(-1) ?? document);
  await waitFor(() => expect(askedAt("PUT", PATH)).toHaveLength(1));

  const [sent] = askedAt("PUT", PATH);
  expect(sent?.headers.get("If-Match")).toBe('"1.x"');
  expect(JSON.parse(sent?.body ?? "")).toEqual({
    path: ["email"],
    action: "mask",
    reason: "asked for",
  });
});

it("says where somebody else has decided meanwhile, and keeps what was typed until theirs is taken", async () => {
  there("1", "pass");
  draw(<Decide row={ROW} />);
  fireEvent.change(await screen.findByLabelText(/^Reason/), { target: { value: "asked for" } });
  there("2", "mask");
  await lookAgain();
  await screen.findByText("Somebody else has changed this meanwhile");
  expect(screen.getByRole("button", { name: "See what it does" })).toHaveProperty("disabled", true);
  expect(screen.getByLabelText(/^Reason/)).toHaveProperty("value", "asked for");

  fireEvent.click(screen.getByRole("button", { name: "Take theirs" }));
  expect(masked()).toBe(true);
});

// @vitest-environment jsdom
import { answer } from "@/fixtures/atlas";
import { address, draw } from "@/fixtures/drawn";

import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";

import { PersonalData } from "./PersonalData";

const ROW = {
  connectionId: "c",
  connection: "shop",
  stream: "people",
  type: "text",
  decision: {
    path: ["email"],
    verdict: "personal",
    confidence: 1,
    decidedBy: "atlas",
    action: "pass",
    evidence: { share: 1, distinct: 2, headerWords: 0, isJudged: true },
  },
};

it.each([
  ["the row", { open: JSON.stringify(["c", "people", "", ["email"]]) }],
  ["a link", { path: '["email"]', stream: "people" }],
])("closes a path that %s has opened, and keeps what the list is narrowed to", async (_, by) => {
  answer({
    "GET /v1/personal-data": { value: { data: [ROW], next: "" } },
    "GET /v1/connections": { value: { data: [], next: "" } },
  });
  draw(<PersonalData />, `/personal-data?${new URLSearchParams({ ...by, verdict: "personal" })}`);
  fireEvent.click(await screen.findByRole("button", { name: "Close" }));

  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(address()).toBe(
    `/personal-data?${"stream" in by ? "stream=people&" : ""}verdict=personal`,
  );
});

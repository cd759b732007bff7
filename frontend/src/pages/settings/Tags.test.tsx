// @vitest-environment jsdom
import { answer, askedAt } from "@/fixtures/atlas";
import { draw, lookAgain } from "@/fixtures/drawn";

import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";

import { Tags } from "./Tags";

const TAG = { tagId: "t", workspaceId: "w", name: "money", color: "07788C" };
const there = (tag: string, change = {}) =>
  answer({
    "GET /v1/tags": { value: { data: [TAG] } },
    "GET /v1/tags/t": { tag: `"${tag}.x"`, value: { ...TAG, ...change } },
  });

it("changes the tag that was looked at, and no other that somebody else has made of it", async () => {
  answer({
    "GET /v1/connections": { value: { data: [], next: "" } },
    "GET /v1/workspaces": { value: { data: [], next: "" } },
    "PATCH /v1/tags/t": { status: 412, value: { title: "Edited meanwhile" } },
  });
  there("1", { color: "112233" });
  draw(<Tags />);
  fireEvent.click(await screen.findByRole("button", { name: "Change" }));
  const name = await screen.findByLabelText(/^Name/);
  fireEvent.change(name, { target: { value: "revenue" } });
  there("2", { color: "445566" });
  await lookAgain();
  await screen.findByText("Somebody else has changed this meanwhile");
  fireEvent.click(screen.getByRole("button", { name: "Change the tag" }));
  await waitFor(() => expect(askedAt("PATCH", "/v1/tags/t")).toHaveLength(1));

  const [sent] = askedAt("PATCH", "/v1/tags/t");
  expect(sent?.headers.get("If-Match")).toBe('"1.x"');
  expect(sent?.body).toBe('{"name":"revenue","color":"112233"}');
});

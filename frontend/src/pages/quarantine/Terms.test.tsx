// @vitest-environment jsdom
import { answer, askedAt } from "@/fixtures/atlas";
import { draw, lookAgain } from "@/fixtures/drawn";

import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";

import { Terms } from "./Terms";

const PATH = "/v1/connections/c/quarantineLimit";
const there = (tag: string, records: number) =>
  answer({ [`GET ${PATH}`]: { tag: `"${tag}.x"`, value: { records, onExceeded: "fail" } } });

it("keeps a limit that was typed while somebody else sets one, and overwrites nothing", async () => {
  answer({
    "GET /v1/connections/c": { value: { connectionId: "c", workspaceId: "w" } },
    "GET /v1/connections/c/waivers": { value: { data: [] } },
    [`PUT ${PATH}`]: { status: 412, value: { title: "Edited meanwhile" } },
  });
  there("1", 10);
  draw(<Terms connectionId="c" />);
  const field = await screen.findByLabelText("At most that many records");
  fireEvent.change(field, { target: { value: "20" } });
  there("2", 5);
  await lookAgain();
  await screen.findByText("Somebody else has changed this meanwhile");
  await screen.findByText(/at most 5 records of a stream/);
  fireEvent.click(screen.getByRole("button", { name: "Keep this limit" }));
  await waitFor(() => expect(askedAt("PUT", PATH)).toHaveLength(1));

  const [sent] = askedAt("PUT", PATH);
  expect(sent?.headers.get("If-Match")).toBe('"1.x"');
  expect(JSON.parse(sent?.body ?? "")).toMatchObject({ records: 20 });
});

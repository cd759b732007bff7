// @vitest-environment jsdom
import { answer, askedAt } from "@/fixtures/atlas";
import { draw, lookAgain } from "@/fixtures/drawn";

import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { AboutTab } from "./AboutTab";

const PATH = "/v1/datasets/c/orders";
const dataset = (description: string) =>
  ({
    connectionId: "c",
    stream: "orders",
    labels: { description, tags: [], owners: [] },
    freshness: {},
    primaryKey: [],
    layers: [],
    syncMode: "full_refresh_overwrite",
  }) as unknown as Schemas["DatasetPageView"];
const there = (tag: string, description: string) =>
  answer({ [`GET ${PATH}`]: { tag: `"${tag}.x"`, value: dataset(description) } });

it("keeps what was typed while somebody else describes the dataset, and overwrites nothing", async () => {
  answer({
    "GET /v1/connections/c": { value: { connectionId: "c", workspaceId: "w" } },
    [`PATCH ${PATH}`]: { status: 412, value: { title: "Edited meanwhile" } },
  });
  there("1", "All orders");
  draw(<AboutTab dataset={dataset("All orders")} />);
  const field = await screen.findByLabelText("Description");
  fireEvent.change(field, { target: { value: "All orders of the shop" } });
  there("2", "Orders, theirs");
  await lookAgain();
  await screen.findByText("Somebody else has changed this meanwhile");
  expect(screen.getByLabelText("Description")).toHaveProperty("value", "All orders of the shop");
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(askedAt("PATCH", PATH)).toHaveLength(1));

  expect(askedAt("PATCH", PATH)[0]?.headers.get("If-Match")).toBe('"1.x"');
});

// @vitest-environment jsdom
import { answer, askedAt } from "@/fixtures/atlas";
import { address, draw } from "@/fixtures/drawn";

import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";

import { Lineage } from "./Lineage";

it("draws all of a connection that is chosen while a dataset is in focus", async () => {
  answer({
    "GET /v1/connections": { value: { data: [{ connectionId: "c", name: "shop" }], next: "" } },
    "GET /v1/lineage/graph": { value: { nodes: [], edges: [], isCut: false } },
  });
  draw(<Lineage />, "/lineage?view=table&node=dataset:postgres://h:5432:db.chart.orders&depth=2");

  fireEvent.click(await screen.findByRole("combobox", { name: "All of a connection" }));
  fireEvent.click(await screen.findByRole("option", { name: "shop" }));

  await waitFor(() => expect(address()).toBe("/lineage?view=table&depth=2&connectionId=c"));
  await waitFor(() =>
    expect(askedAt("GET", "/v1/lineage/graph").at(-1)?.path).toContain("connectionId=c"),
  );
});

// @vitest-environment jsdom
import { answer, askedAt } from "@/fixtures/atlas";
import { draw } from "@/fixtures/drawn";

import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import type { Schemas } from "@/api/client";

import { StateTab } from "./StateTab";

const CONNECTION = {
  connectionId: "c",
  name: "shop",
  workspaceId: "w",
  configurations: { streams: [] },
} as unknown as Schemas["ConnectionView"];

const CURSOR = '{"cursor":1750000000000000123}';
const STREAM = `{"streamDescriptor":{"name":"orders"},"streamState":${CURSOR}}`;

beforeEach(() => {
  answer({
    "GET /v1/connections/c/state": ({ path }) => ({
      tag: '"1.x"',
      text: path.endsWith("messages")
        ? `{"version":1,"messages":[{"type":"STREAM","stream":${STREAM}}]}`
        : `{"version":1,"stateType":"stream","streamState":[${STREAM}]}`,
    }),
    "GET /v1/connections/c/state/versions": { value: { data: [], next: "" } },
    "POST /v1/connections/c/state/preview": { value: { data: [] } },
    "PUT /v1/connections/c/state": { value: { data: [] } },
  });
});

it("shows a state, and gives it away, with every number as it is", async () => {
  const files: Blob[] = [];
  Object.assign(URL, {
    createObjectURL: (file: Blob) => `blob:${files.push(file)}`,
    revokeObjectURL: vi.fn(),
  });
  draw(<StateTab connection={CONNECTION} />);
  await screen.findByText(CURSOR);

  for (const form of ["messages", "Airbyte's form"]) {
    fireEvent.click(screen.getByRole("button", { name: new RegExp(`^Export .* ?${form}$`) }));
    await waitFor(() => expect(files).toHaveLength(form === "messages" ? 1 : 2));
  }
  const texts = await Promise.all(files.map(textOf));
  for (const text of texts) expect(text).toContain('"cursor": 1750000000000000123');
});

it("takes a state from elsewhere as it was typed", async () => {
  const typed = `{"stateType":"stream","streamState":[${STREAM}]}`;
  draw(<StateTab connection={CONNECTION} />);
  fireEvent.change(await screen.findByLabelText("State"), { target: { value: typed } });
  fireEvent.click(await screen.findByRole("button", { name: "Look at it and take it" }));
  await screen.findByText(/Nothing: no stream has a state/);
  fireEvent.change(screen.getByLabelText(/^Reason/), { target: { value: "moved" } });
  fireEvent.change(screen.getByLabelText(/to go on/), { target: { value: "shop" } });
  fireEvent.click(
    screen.getAllByRole("button", { name: "Look at it and take it" }).at(-1) ?? document,
  );
  await waitFor(() => expect(askedAt("PUT", "/v1/connections/c/state")).toHaveLength(1));

  const [preview] = askedAt("POST", "/v1/connections/c/state/preview");
  const [act] = askedAt("PUT", "/v1/connections/c/state");
  expect(preview?.body).toBe(`{"clear":false,"state":${typed}}`);
  expect(act?.body).toBe(`{"clear":false,"state":${typed},"reason":"moved"}`);
  expect(act?.headers.get("If-Match")).toBe('"1.x"');
});

const textOf = (file: Blob): Promise<string> =>
  new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.readAsText(file);
  });

// @vitest-environment jsdom
import { answer, askedAt } from "@/fixtures/atlas";
import { draw, lookAgain } from "@/fixtures/drawn";

import { fireEvent, screen, waitFor } from "@testing-library/react";
import { Route, Routes } from "react-router";
import { beforeEach, expect, it } from "vitest";

import { RemotePage } from "./RemotePage";

const PATH = "/v1/remotes/r";
const REMOTE = {
  remoteId: "r",
  workspaceId: "w",
  name: "acme",
  apiUrl: "https://airbyte.example/api/public/v1",
  configApiUrl: "https://airbyte.example/wrong",
  clientId: "id",
  clientSecret: "**********",
  isFromEnvironment: false,
  createdAt: "2026-01-01T00:00:00Z",
};
const there = (tag: string, change = {}) =>
  answer({ [`GET ${PATH}`]: { tag: `"${tag}.x"`, value: { ...REMOTE, ...change } } });

beforeEach(() =>
  answer({
    "GET /v1/workspaces": { value: { data: [], next: "" } },
    [`GET ${PATH}/connections`]: { value: { data: [] } },
    [`PATCH ${PATH}`]: { value: REMOTE },
  }),
);

async function edited(label: string, text: string) {
  draw(
    <Routes>
      <Route path="/connectors/remotes/:remoteId" element={<RemotePage />} />
    </Routes>,
    "/connectors/remotes/r",
  );
  fireEvent.click(await screen.findByRole("button", { name: "Change it" }));
  fireEvent.change(screen.getByLabelText(label), { target: { value: text } });
}

async function kept() {
  fireEvent.click(screen.getByRole("button", { name: "Keep it" }));
  await waitFor(() => expect(askedAt("PATCH", PATH)).toHaveLength(1));
  const [sent] = askedAt("PATCH", PATH);
  return { tag: sent?.headers.get("If-Match"), body: JSON.parse(sent?.body ?? "") as object };
}

it("names the version that the form was opened with, whatever the page has read since", async () => {
  there("1");
  await edited("Name", "mine");
  there("2", { apiUrl: "https://moved.example/api/public/v1" });
  await lookAgain();
  await screen.findByText("Somebody else has changed this meanwhile");

  expect(await kept()).toMatchObject({
    tag: '"1.x"',
    body: { name: "mine", apiUrl: REMOTE.apiUrl },
  });
});

it("takes the address of the Config API away where its field was emptied", async () => {
  there("1");
  await edited("Address of its Config API", " ");

  expect((await kept()).body).toMatchObject({ configApiUrl: null });
});

// @vitest-environment jsdom
import { answer } from "@/fixtures/atlas";
import { draw, lookAgain } from "@/fixtures/drawn";

import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";

import { queries } from "@/api/client";

import { SessionGate } from "./SessionGate";

const session = (id: string) => ({ id, name: id, kind: "user", roles: [], csrfToken: "t" });
const LIST = ["a list"];

it("keeps nothing of who was signed in before, once somebody signs in", async () => {
  answer({ "GET /v1/session": { status: 401, value: {} } });
  queries.setQueryData(LIST, "Ann's rows");
  draw(<SessionGate>the page</SessionGate>);
  const email = await screen.findByLabelText(/^E-mail/);
  answer({
    "POST /v1/session": { value: session("bob") },
    "GET /v1/session": { value: session("bob") },
  });
  fireEvent.input(email, { target: { value: "bob@example.org" } });
  fireEvent.input(screen.getByLabelText(/^Password/), { target: { value: "secret" } });
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByText("the page");

  expect(queries.getQueryData(LIST)).toBeUndefined();
});

it("keeps nothing of him where somebody else has signed in in another tab", async () => {
  answer({ "GET /v1/session": { value: session("ann") } });
  draw(<SessionGate>the page</SessionGate>);
  await screen.findByText("the page");
  queries.setQueryData(LIST, "Ann's rows");
  await lookAgain();
  expect(queries.getQueryData(LIST)).toBe("Ann's rows");

  answer({ "GET /v1/session": { value: session("bob") } });
  await lookAgain();
  await waitFor(() => expect(queries.getQueryData(LIST)).toBeUndefined());
});

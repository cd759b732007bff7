// @vitest-environment jsdom
import { answer, askedAt } from "@/fixtures/atlas";
import { draw, lookAgain } from "@/fixtures/drawn";

import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { EditRoles } from "./EditRoles";

const user = (...roles: Schemas["Role"][]) =>
  ({
    id: "u",
    email: "u@example.org",
    roles: roles.map((role) => ({ role })),
  }) as Schemas["UserView"];
const there = (tag: string, ...roles: Schemas["Role"][]) =>
  answer({ "GET /v1/users/u": { tag: `"${tag}.x"`, value: user(...roles) } });

beforeEach(() =>
  answer({
    "GET /v1/workspaces": { value: { data: [], next: "" } },
    "PATCH /v1/users/u": { value: user("viewer") },
  }),
);

it("gives no role back that was taken away after the list was read", async () => {
  there("2", "viewer");
  draw(<EditRoles user={user("admin", "viewer")} />);
  fireEvent.click(screen.getByRole("button", { name: "Roles" }));
  fireEvent.click(await screen.findByRole("button", { name: "Another role" }));
  fireEvent.click(screen.getByRole("button", { name: "Keep these roles" }));
  await waitFor(() => expect(askedAt("PATCH", "/v1/users/u")).toHaveLength(1));

  const [sent] = askedAt("PATCH", "/v1/users/u");
  expect(sent?.headers.get("If-Match")).toBe('"2.x"');
  expect(sent?.body).toBe('{"roles":[{"role":"viewer"},{"role":"viewer"}]}');
});

it("says that somebody else has changed them meanwhile, and names the version it was typed over", async () => {
  there("1", "admin", "viewer");
  draw(<EditRoles user={user("admin", "viewer")} />);
  fireEvent.click(screen.getByRole("button", { name: "Roles" }));
  fireEvent.click(await screen.findByRole("button", { name: "Another role" }));
  there("2", "viewer");
  await lookAgain();
  await screen.findByText("Somebody else has changed this meanwhile");
  fireEvent.click(screen.getByRole("button", { name: "Keep these roles" }));
  await waitFor(() => expect(askedAt("PATCH", "/v1/users/u")).toHaveLength(1));

  expect(askedAt("PATCH", "/v1/users/u")[0]?.headers.get("If-Match")).toBe('"1.x"');
});

it("says so as well where that is first told by the refusal", async () => {
  there("1", "admin", "viewer");
  draw(<EditRoles user={user("admin", "viewer")} />);
  fireEvent.click(screen.getByRole("button", { name: "Roles" }));
  fireEvent.click(await screen.findByRole("button", { name: "Another role" }));
  there("2", "viewer");
  answer({ "PATCH /v1/users/u": { status: 412, value: { title: "Edited meanwhile" } } });
  fireEvent.click(screen.getByRole("button", { name: "Keep these roles" }));
  fireEvent.click(await screen.findByRole("button", { name: "Take theirs" }));

  expect(screen.getAllByRole("combobox", { name: "Role" })).toHaveLength(1);
});

import { expect, it } from "vitest";

import { allows, allowsSomewhere } from "./session";

const here = "00000000-0000-0000-0000-000000000001";
const there = "00000000-0000-0000-0000-000000000002";

it("lets a higher role do what a lower one may", () => {
  expect(allows([{ role: "editor" }], "operator", here)).toBe(true);
  expect(allows([{ role: "viewer" }], "operator", here)).toBe(false);
});

it("keeps a role to its workspace", () => {
  expect(allows([{ role: "admin", workspaceId: there }], "viewer", here)).toBe(false);
  expect(allows([{ role: "admin", workspaceId: here }], "viewer", here)).toBe(true);
});

it("holds a role of a workspace to be none where the workspace is not known", () => {
  expect(allows([{ role: "admin", workspaceId: here }], "viewer", undefined)).toBe(false);
  expect(allows([{ role: "admin" }], "viewer", undefined)).toBe(true);
  expect(allowsSomewhere([{ role: "admin", workspaceId: here }], "editor")).toBe(true);
});

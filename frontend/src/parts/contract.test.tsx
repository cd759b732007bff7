// @vitest-environment jsdom
import "@/fixtures/atlas";

import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { useContract } from "./contract";

type Name = Schemas["Contract"];

const column = (contract: Name) =>
  ({ stream: "orders", field: "id", inner: [], contract }) as unknown as Schemas["TableColumnView"];
const chosen = (contract: Name, tag: string) =>
  renderHook(({ now, of }) => useContract("c", column(now), of), {
    initialProps: { now: contract, of: tag },
  });

it("does not put a contract back that somebody else has changed meanwhile", () => {
  const { result, rerender } = chosen("evolve", '"1.x"');
  act(() => result.current.change({ contract: "variant" }));
  rerender({ now: "freeze", of: '"2.x"' });
  expect(result.current.isOvertaken).toBe(true);

  act(() => result.current.reset());
  expect(result.current.draft.contract).toBe("freeze");
});

it("follows what somebody else has chosen where nothing was chosen here", () => {
  const { result, rerender } = chosen("evolve", '"1.x"');
  rerender({ now: "freeze", of: '"2.x"' });
  expect(result.current.draft.contract).toBe("freeze");
  expect(result.current.isDirty).toBe(false);
});

it("is not in the way of another column's: what is sent names the newest list", () => {
  const { result, rerender } = chosen("evolve", '"1.x"');
  act(() => result.current.change({ contract: "variant" }));
  rerender({ now: "evolve", of: '"2.x"' });
  expect(result.current.isOvertaken).toBe(false);
  expect(result.current.request.headers).toEqual({ "If-Match": '"2.x"' });
  expect(JSON.parse(result.current.request.body ?? "")).toMatchObject({ contract: "variant" });
});

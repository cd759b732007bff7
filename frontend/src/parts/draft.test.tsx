// @vitest-environment jsdom
import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";

import type { Kept } from "@/api/edited";

import { useDraft } from "./draft";

interface Named {
  name: string;
}

const kept = (name: string, tag: string): Kept<Named> => ({ value: { name }, tag });
const drafted = (first: Kept<Named>) =>
  renderHook(({ now }) => useDraft(now, (value) => ({ ...value })), {
    initialProps: { now: first },
  });

it("takes what is new where nothing was typed", () => {
  const { result, rerender } = drafted(kept("a", '"1.x"'));
  rerender({ now: kept("b", '"2.x"') });
  expect(result.current.draft.name).toBe("b");
  expect(result.current.tag).toBe('"2.x"');
});

it("keeps what was typed, and the tag that it was typed over", () => {
  const { result, rerender } = drafted(kept("a", '"1.x"'));
  act(() => result.current.change({ name: "mine" }));
  rerender({ now: kept("theirs", '"2.x"') });
  expect(result.current.draft.name).toBe("mine");
  expect(result.current.tag).toBe('"1.x"');
  expect(result.current.isOvertaken).toBe(true);
  act(() => result.current.reset());
  expect(result.current.draft.name).toBe("theirs");
});

it("goes on from what was saved", () => {
  const { result, rerender } = drafted(kept("a", '"1.x"'));
  act(() => result.current.change({ name: " mine" }));
  act(() => result.current.saved());
  rerender({ now: kept("mine", '"2.x"') });
  expect(result.current.draft.name).toBe("mine");
  expect(result.current.isDirty).toBe(false);
});

it("is not overtaken by the passing of time", () => {
  const { result, rerender } = drafted(kept("a", '"1.x"'));
  act(() => result.current.change({ name: "mine" }));
  rerender({ now: kept("a", '"1.y"') });
  expect(result.current.isOvertaken).toBe(false);
});

// @vitest-environment jsdom
import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { useTicks } from "./now";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("draws all that is watching by one clock, and stops it with the last of them", () => {
  const first = renderHook(useTicks);
  const second = renderHook(useTicks);
  const before = first.result.current;

  act(() => vi.advanceTimersByTime(60_000));

  expect(first.result.current).toBe(before + 2);
  expect(second.result.current).toBe(before + 2);
  expect(vi.getTimerCount()).toBe(1);

  first.unmount();
  expect(vi.getTimerCount()).toBe(1);
  second.unmount();
  expect(vi.getTimerCount()).toBe(0);
});

it("goes on where somebody watches again", () => {
  renderHook(useTicks).unmount();
  const again = renderHook(useTicks);
  const before = again.result.current;

  act(() => vi.advanceTimersByTime(30_000));

  expect(again.result.current).toBe(before + 1);
  again.unmount();
});

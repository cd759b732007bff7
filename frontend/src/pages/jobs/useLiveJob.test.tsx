// @vitest-environment jsdom
import { renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { useLiveJob } from "./live";

const follow = vi.fn<() => Promise<Response>>();
const answerOf = (status: number): Promise<Response> =>
  Promise.resolve(new Response(null, { status }));

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", follow);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  follow.mockReset();
});

it.each([429, 500, 502, 503])("asks for a job's events again after a %i", async (status) => {
  follow.mockReturnValue(answerOf(status));
  const { unmount } = renderHook(() => useLiveJob(7, false));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(follow).toHaveBeenCalledTimes(3);

  unmount();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(follow).toHaveBeenCalledTimes(3);
});

it.each([401, 403, 404])(
  "asks no more after a %i: the page's own requests say why",
  async (status) => {
    follow.mockReturnValue(answerOf(status));
    const { unmount } = renderHook(() => useLiveJob(7, false));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(follow).toHaveBeenCalledTimes(1);
    unmount();
  },
);

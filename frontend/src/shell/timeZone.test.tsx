// @vitest-environment jsdom
import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

const KEY = "atlas-time-zone";

/** A page that is opened anew: what it has read once is read again. */
async function opened() {
  vi.resetModules();
  const { HERE, useTimeZone } = await import("./timeZone");
  return { HERE, ...renderHook(() => useTimeZone()) };
}

beforeEach(() => {
  localStorage.clear();
});

it("is the browser's until somebody chooses another, which is kept", async () => {
  const page = await opened();
  expect(page.result.current[0]).toBe(page.HERE);

  act(() => page.result.current[1]("Asia/Kolkata"));
  expect(page.result.current[0]).toBe("Asia/Kolkata");
  expect((await opened()).result.current[0]).toBe("Asia/Kolkata");
});

it.each(["not JSON", "42", '"Mars/Base"', '""'])(
  "is the browser's where %s was kept",
  async (kept) => {
    localStorage.setItem(KEY, kept);
    const page = await opened();
    expect(page.result.current[0]).toBe(page.HERE);
  },
);

it("follows what is chosen in another tab", async () => {
  const page = await opened();
  localStorage.setItem(KEY, '"Europe/Oslo"');
  act(() => void window.dispatchEvent(new StorageEvent("storage", { key: KEY })));
  expect(page.result.current[0]).toBe("Europe/Oslo");

  localStorage.clear();
  act(() => void window.dispatchEvent(new StorageEvent("storage", { key: null })));
  expect(page.result.current[0]).toBe(page.HERE);
});

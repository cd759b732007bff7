// @vitest-environment jsdom
import { MantineProvider } from "@mantine/core";
import { act, fireEvent, render, screen } from "@testing-library/react";
import { beforeAll, expect, it, vi } from "vitest";

import { useHint } from "./hint";

beforeAll(() => {
  // what Mantine asks of a browser and this one does not have
  vi.stubGlobal("matchMedia", () => ({
    matches: false,
    addEventListener() {},
    removeEventListener() {},
  }));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
});

function Shown({ label }: { label: () => string }) {
  const [pointed, hint] = useHint(label);
  return (
    <>
      <button {...pointed}>when</button>
      {hint}
    </>
  );
}

it("says nothing, and does not ask what to say, until somebody points at it", async () => {
  const label = vi.fn(() => "exactly then");
  render(
    <MantineProvider env="test">
      <Shown label={label} />
    </MantineProvider>,
  );
  expect(label).not.toHaveBeenCalled();

  for (const [come, go] of [
    [fireEvent.mouseEnter, fireEvent.mouseLeave],
    [fireEvent.focus, fireEvent.blur],
  ] as const) {
    await act(async () => void come(screen.getByRole("button")));
    expect(screen.getByRole("tooltip").textContent).toBe("exactly then");

    await act(async () => void go(screen.getByRole("button")));
    expect(screen.queryByRole("tooltip")).toBeNull();
  }
});

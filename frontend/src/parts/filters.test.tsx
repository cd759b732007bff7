// @vitest-environment jsdom
import { act, renderHook } from "@testing-library/react";
import { MemoryRouter, useLocation } from "react-router";
import { expect, it } from "vitest";

import { useFilters } from "./filters";

it("sets several by one act, and leaves those of others as they are", () => {
  const { result } = renderHook(
    () => ({ filters: useFilters("node", "connectionId", "depth"), at: useLocation() }),
    {
      wrapper: ({ children }) => (
        <MemoryRouter initialEntries={["/lineage?view=table&node=n&depth=2"]}>
          {children}
        </MemoryRouter>
      ),
    },
  );
  const [, , setFilters] = result.current.filters;
  act(() => setFilters({ node: null, connectionId: "c" }));

  expect(result.current.at.search).toBe("?view=table&depth=2&connectionId=c");
  expect(result.current.filters[0]).toEqual({ node: undefined, connectionId: "c", depth: "2" });
});

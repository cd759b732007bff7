import { expect, it } from "vitest";

import { fileName, parsed } from "./parsed";

it("takes an object or a list, and says why not otherwise", () => {
  expect(parsed(' {"cursor":1750000000000000123}\n')).toEqual({
    state: '{"cursor":1750000000000000123}',
  });
  expect(parsed("[]")).toEqual({ state: "[]" });
  expect(parsed("3")).toHaveProperty("wrong");
  expect(parsed("{")).toHaveProperty("wrong");
  expect(parsed("null")).toHaveProperty("wrong");
});

it("names a file as every system can", () => {
  expect(fileName("Shop / EU: orders", 3)).toBe("Shop-EU-orders-state-3.json");
  expect(fileName("…", undefined)).toBe("connection-state.json");
});

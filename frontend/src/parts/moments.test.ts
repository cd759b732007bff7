import { expect, it } from "vitest";

import { toInstant, toLocal } from "./moments";

it("takes a wall clock's time to the instant that it is in its zone", () => {
  expect(toInstant("2026-02-01 05:00:00", "Asia/Kolkata")).toBe("2026-01-31T23:30:00.000Z");
  expect(toInstant("2026-07-01 02:00:00", "Europe/Berlin")).toBe("2026-07-01T00:00:00.000Z");
});

it("shows an instant by the wall clock of a zone", () => {
  expect(toLocal("2026-01-31T23:30:00.123456Z", "Asia/Kolkata")).toBe("2026-02-01 05:00:00");
});

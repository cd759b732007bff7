import { expect, it } from "vitest";

import { ageOf } from "./Freshness";

const now = Date.parse("2026-02-10T00:00:00Z");

it("tells a day from a week from longer ago", () => {
  expect(ageOf("2026-02-09T01:00:00Z", now)).toBe("day");
  expect(ageOf("2026-02-09T00:00:00Z", now)).toBe("week");
  expect(ageOf("2026-02-03T00:00:00Z", now)).toBe("old");
  expect(ageOf(undefined, now)).toBe("none");
});

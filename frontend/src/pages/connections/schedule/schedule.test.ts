import { expect, it } from "vitest";

import { bodyOf, draftOf, lackOf, MANUAL, spokenSchedule } from "./schedule";

it("reads a basic schedule as the API writes it", () => {
  const draft = draftOf({ scheduleType: "basic", basicTiming: "Every 2 WEEKS" });
  expect([draft.every, draft.unit, draft.kind]).toEqual([2, "weeks", "basic"]);
  expect(bodyOf(draft).basicTiming).toBe("Every 2 weeks");
});

it("writes what follows another connection as manual, and says which", () => {
  const body = bodyOf({ ...MANUAL, kind: "after", after: "an-id" });
  expect(body.scheduleType).toBe("manual");
  expect(body.atlas?.afterConnectionId).toBe("an-id");
});

it("sends nothing of a schedule that there is not", () => {
  expect(bodyOf(MANUAL)).toEqual({ scheduleType: "manual" });
});

it("says what is lacking", () => {
  expect(lackOf({ ...MANUAL, kind: "after" })).toMatch(/Choose/);
  expect(lackOf({ ...MANUAL, kind: "cron", cron: " " })).toMatch(/needed/);
  expect(lackOf(MANUAL)).toBeUndefined();
});

it("knows what follows another from what is manual", () => {
  const atlas = { kind: "after" } as never;
  expect(spokenSchedule({ scheduleType: "manual", atlas })).toBe("after another connection");
  expect(spokenSchedule({ scheduleType: "manual" })).toBe("by hand");
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { isOf, together } from "./live";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("knows the queries of one job", () => {
  const options = { params: { path: { jobId: 7 } } };
  expect(isOf(7, ["get", "/v1/jobs/{jobId}", options])).toBe(true);
  expect(isOf(7, ["get", "/v1/jobs/{jobId}/timeline", options])).toBe(true);
  expect(isOf(7, ["logs", 7, {}])).toBe(true);
  expect(isOf(7, ["job events", 7])).toBe(true);
  expect(isOf(8, ["get", "/v1/jobs/{jobId}", options])).toBe(false);
  expect(isOf(7, ["get", "/v1/jobs"])).toBe(false);
});

it("asks once for events that come together, and once a second for those that keep coming", () => {
  let asked = 0;
  const { ask, stop } = together(() => (asked += 1));
  for (let event = 0; event < 100; event++) {
    ask();
    vi.advanceTimersByTime(30);
  }
  stop();
  expect(asked).toBe(3);
});

import { expect, it } from "vitest";

import { isOf } from "./live";

it("knows the queries of one job", () => {
  const options = { params: { path: { jobId: 7 } } };
  expect(isOf(7, ["get", "/v1/jobs/{jobId}", options])).toBe(true);
  expect(isOf(7, ["get", "/v1/jobs/{jobId}/timeline", options])).toBe(true);
  expect(isOf(7, ["logs", 7, {}])).toBe(true);
  expect(isOf(8, ["get", "/v1/jobs/{jobId}", options])).toBe(false);
  expect(isOf(7, ["get", "/v1/jobs"])).toBe(false);
});

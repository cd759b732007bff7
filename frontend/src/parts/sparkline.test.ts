import { expect, it } from "vitest";

import { told } from "./JobStrip";
import { linePoints } from "./sparkline";

it("stands on zero and reaches the highest value", () => {
  expect(linePoints([0, 5, 10], 20, 10)).toBe("0.0,10.0 10.0,5.0 20.0,0.0");
});

it("stays on the floor where all is zero", () => {
  expect(linePoints([0, 0], 10, 10)).toBe("0.0,10.0 10.0,10.0");
});

it("counts jobs by how they ended", () => {
  expect(told([{ status: "failed" }, { status: "succeeded" }, { status: "failed" }])).toBe(
    "2 failed, 1 succeeded",
  );
});

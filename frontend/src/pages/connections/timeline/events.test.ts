import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { type Happening, inOrder, of } from "./events";

const at = (hour: number): Happening => ({
  id: String(hour),
  kind: "job",
  at: `2026-01-01T${String(hour).padStart(2, "0")}:00:00Z`,
  title: "",
  to: "",
});
const hours = (found: Happening[]) => found.map((one) => Number(one.id));

it("puts all lists in one, the newest first", () => {
  const found = inOrder([{ happenings: [at(5), at(1)] }, { happenings: [at(3)] }]);
  expect(hours(found)).toEqual([5, 3, 1]);
});

it("shows nothing beyond the end of a list that goes on", () => {
  const found = inOrder([
    { happenings: [at(9)], until: at(6).at },
    { happenings: [at(8), at(6), at(2)] },
  ]);
  expect(hours(found)).toEqual([9, 8, 6]);
});

it("tells of a schema change when it was found and when it was decided", () => {
  const change = {
    changeId: 1,
    stream: "orders",
    status: "adopted",
    breaking: true,
    changes: [{}, {}],
    foundAt: "2026-01-01T00:00:00Z",
    decidedAt: "2026-01-02T00:00:00Z",
  } as unknown as Schemas["SchemaChangeView"];
  const [found, decided] = of.schema("/c", change);
  expect(found?.detail).toBe("breaking, 2 changes");
  expect(decided?.title).toBe("The new schema of orders was adopted");
});

it("tells of no decision that was never made", () => {
  const decision = { decision: { path: ["a"] } } as unknown as Schemas["ListedView"];
  expect(of.personal(decision)).toEqual([]);
});

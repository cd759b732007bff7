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

it("tells of an incident when it began and when it was over, each with its job", () => {
  const incident = {
    kind: "broken",
    reason: "job_failed",
    detail: "It broke.",
    since: "2026-01-01T00:00:00Z",
    until: "2026-01-02T00:00:00Z",
    count: 2,
    jobId: 3,
    mendedBy: 5,
  } as Schemas["IncidentView"];
  const [began, over] = of.incident("/connections/c", incident);
  expect([began?.title, began?.detail, began?.to]).toEqual([
    "It was broken: job failed",
    "It broke. 2 times.",
    "/jobs/3",
  ]);
  expect([over?.title, over?.at, over?.to]).toEqual([
    "It is no longer broken: job failed",
    incident.until,
    "/jobs/5",
  ]);
  const lasting = { ...incident };
  delete lasting.until;
  expect(of.incident("/connections/c", lasting).map((one) => one.detail)).toEqual([
    "It broke. 2 times. It lasts.",
  ]);
});

it("tells who changed which settings, and never what to", () => {
  const act = {
    actId: 1,
    doneAt: "2026-01-01T00:00:00Z",
    doneBy: "ann@example.com",
    action: "patchSource",
    of: "source",
    fields: ["name", "configuration"],
  };
  expect(of.settings("/connections/c", act)).toMatchObject({
    title: "Settings of the source were changed",
    detail: "Patch source: name, configuration",
    by: "ann@example.com",
    to: "/connections/c/settings",
  });
});

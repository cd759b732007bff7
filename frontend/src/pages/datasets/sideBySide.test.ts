import { expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { currentOf, sideBySide } from "./sideBySide";

const columns = [
  { name: "id", path: ["id"] },
  { name: "city", path: ["address", "city"] },
  { name: "email", path: ["email"] },
];

it("lays one record's fields in the three layers side by side", () => {
  const compared = sideBySide(columns, {
    explore: '{"id": 12345678901234567890, "address": {"city": "Ulm"}, "email": null, "left": [1]}',
    chart: { id: "12345678901234567890", city: "Ulm" },
    navigate: { id: "12345678901234567890", city: "Bern" },
  });
  expect(compared.map((one) => [one.name, one.explore, one.chart, one.navigate])).toEqual([
    ["id", "12345678901234567890", "12345678901234567890", "12345678901234567890"],
    ["city", "Ulm", "Ulm", "Bern"],
    ["email", null, undefined, undefined],
    ["left", [1], undefined, undefined],
  ]);
  expect(compared.map((one) => one.isColumn)).toEqual([true, true, true, false]);
});

it("has nothing of a layer that was not asked", () => {
  const compared = sideBySide(columns, {
    explore: undefined,
    chart: { id: 1 },
    navigate: undefined,
  });
  expect(compared.map((one) => one.explore)).toEqual([undefined, undefined, undefined]);
  expect(compared).toHaveLength(3);
});

it("takes the version that is current, and none that ended", () => {
  const version = (isCurrent: boolean, isDeleted = false) =>
    ({ isCurrent, isDeleted }) as Schemas["VersionView"];
  const now = version(true);
  expect(currentOf([now, version(false)])).toBe(now);
  expect(currentOf([version(true, true), version(false)])).toBeUndefined();
  expect(currentOf(undefined)).toBeUndefined();
});

import { expect, it } from "vitest";

import { placeOf } from "./places";

const job = { connectionId: "c", jobId: 7 };
const books = { name: "orders", namespace: "shop" };

it("leads from what was kept out to the records of this job, stream and namespace alone", () => {
  expect(placeOf(job, books, "quarantined")).toBe(
    "/quarantine?connectionId=c&stream=orders&namespace=shop&jobId=7&boundary=chart",
  );
  expect(placeOf(job, books, "rejected")).toContain("jobId=7&boundary=explore");
});

it("leads from what is in a layer to that layer, and from what has no page nowhere", () => {
  expect(placeOf(job, books, "explored")).toBe(
    "/datasets/c/orders/sample?namespace=shop&layer=explore",
  );
  expect(placeOf(job, { name: "orders" }, "held")).toContain("/quality?connectionId=c");
  expect(placeOf(job, books, "superseded")).toBeUndefined();
});

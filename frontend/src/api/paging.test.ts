import { expect, it } from "vitest";

import { pinnedIn } from "./paging";

it("takes from the next page's address what keeps new rows from moving it", () => {
  const next = "/v1/quarantine?limit=100&offset=100&upTo=2026-01-01T00%3A00%3A00%2B00%3A00";
  expect(pinnedIn(next)).toEqual({ upTo: "2026-01-01T00:00:00+00:00" });
  expect(pinnedIn("http://atlas/v1/datasets?offset=100")).toEqual({});
});

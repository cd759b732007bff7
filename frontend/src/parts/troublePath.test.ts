import { expect, it } from "vitest";

import { troublePath } from "./troublePath";

const trouble = { kind: "waiting" as const, detail: "3 records are in quarantine." };

it("leads from records that are kept to those that are kept, of the stream that it is about", () => {
  const kept = { ...trouble, reason: "quarantine" as const };
  expect(troublePath("c", kept)).toBe("/quarantine?connectionId=c&status=kept");
  expect(troublePath("c", { ...kept, stream: "a&b", namespace: "shop" })).toBe(
    "/quarantine?connectionId=c&stream=a%26b&namespace=shop&status=kept",
  );
});

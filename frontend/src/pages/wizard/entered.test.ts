import { expect, it } from "vitest";

import { inConfiguration, NOTHING, wishOf } from "./entered";

it("leaves the name to Atlas where none was entered", () => {
  expect(wishOf({ ...NOTHING, name: "  " }, "there")).not.toHaveProperty("name");
  expect(wishOf({ ...NOTHING, name: " Shop " }, "there").name).toBe("Shop");
});

it("finds the field that the server speaks of", () => {
  const said = [
    { pointer: "/configuration/credentials/key", detail: "No." },
    { pointer: "/shop", detail: "No." },
  ];
  expect(inConfiguration(said).map((one) => one.pointer)).toEqual(["/credentials/key", "/shop"]);
});

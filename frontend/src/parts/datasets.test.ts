import { expect, it } from "vitest";

import { act } from "@/api/request";

import { datasetPath, datasetTitle, listPath, parametersOf } from "./datasets";

const name = { connectionId: "c", stream: "a/b c", namespace: "shop" };

it("keeps any character of a stream's name within its part of the path", () => {
  expect(datasetPath(name, "history", { key: "7" })).toBe(
    "/datasets/c/a%2Fb%20c/history?namespace=shop&key=7",
  );
  const request = act("get", "/v1/datasets/{connectionId}/{stream}", parametersOf(name));
  expect(request.path).toBe("/v1/datasets/c/a%2Fb%20c?namespace=shop");
});

it("leaves out what is not given", () => {
  expect(datasetPath({ connectionId: "c", stream: "s", namespace: null }, "columns")).toBe(
    "/datasets/c/s",
  );
  expect(listPath("/quarantine", { stream: "s", rule: undefined })).toBe("/quarantine?stream=s");
});

it("calls a dataset by its namespace where it has one", () => {
  expect(datasetTitle(name)).toBe("shop.a/b c");
  expect(datasetTitle({ stream: "s" })).toBe("s");
});

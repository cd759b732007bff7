import { expect, it } from "vitest";

import { curl } from "./request";

it("writes a request that a shell takes as it is", () => {
  const said = curl({ method: "post", path: "/v1/jobs", body: { name: "it's" } }, "http://atlas");
  expect(said).toContain("curl -X POST 'http://atlas/v1/jobs'");
  expect(said).toContain(String.raw`-d '{"name":"it'\''s"}'`);
});

it("sends no body where there is none", () => {
  expect(curl({ method: "delete", path: "/v1/jobs/1" }, "http://atlas")).not.toContain("-d");
});

it("names the version that an edit is of", () => {
  const headers = { "If-Match": '"a.b"' };
  const said = curl({ method: "put", path: "/v1/x", body: {}, headers }, "http://atlas");
  expect(said).toContain(`-H 'If-Match: "a.b"'`);
});

it("keeps the numbers of a text as they are written", () => {
  const text = '{"record":{"id":12345678901234567890}}';
  expect(curl({ method: "post", path: "/v1/x", text }, "http://atlas")).toContain(`-d '${text}'`);
});

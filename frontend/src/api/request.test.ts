// What may not compile is held by `npm run check`: an error that is expected and does not come is one.
import { expect, expectTypeOf, it } from "vitest";

import type { Schemas } from "./client";
import { type AnswerOf, act, actAsTyped, type ApiRequest } from "./request";

const path = { connectionId: "c" };

it("fills path and query in as the API reads them", () => {
  const request = act("delete", "/v1/connections/{connectionId}/waivers", {
    path: { connectionId: "a/b" },
    query: { stream: "users & more", rule: "required:e-mail", namespace: null },
  });
  expect(request.path).toBe(
    "/v1/connections/a%2Fb/waivers?stream=users%20%26%20more&rule=required%3Ae-mail",
  );
  expect(request.body).toBeUndefined();
});

it("has as its body what is sent, and shows the same where nothing else is said", () => {
  const request = act("patch", "/v1/connections/{connectionId}", { path, body: { name: "n" } });
  expect(request.body).toBe('{"name":"n"}');
  expect(request.shown).toBe(request.body);
});

it("sends no header that has no value", () => {
  const header = { "If-Match": undefined };
  const request = act("delete", "/v1/connections/{connectionId}", { path, header });
  expect(request.headers).toEqual({});
});

it("knows the answer by the method and the path", () => {
  const sync = act("post", "/v1/jobs", { body: { connectionId: "c", jobType: "sync" } });
  expectTypeOf(sync).toEqualTypeOf<ApiRequest<Schemas["JobView"]>>();
  expectTypeOf<AnswerOf<"delete", "/v1/connections/{connectionId}">>().toEqualTypeOf<undefined>();
  // @ts-expect-error it is a job, not a connection
  const connection: ApiRequest<Schemas["ConnectionView"]> = sync;
  expect(connection.method).toBe("post");
});

const CONNECTION = "/v1/connections/{connectionId}";
const WAIVERS = "/v1/connections/{connectionId}/waivers";
const FIX = "/v1/quarantine/{recordId}/fix";

it("is none but of a method and a path that the document has", () => {
  // @ts-expect-error there is no such path
  act("post", "/v1/connection", { body: {} });
  // @ts-expect-error a connection is patched, not put
  act("put", CONNECTION, { path, body: {} });
  // @ts-expect-error the path is the document's, with its parameters named
  act("delete", `/v1/jobs/${1}`, {});
});

it("has the parameters of the path, and no others", () => {
  const waiver = { stream: "s", rule: "r" };
  // @ts-expect-error a parameter lacks
  act("delete", "/v1/connections/{connectionId}", {});
  // @ts-expect-error it is called otherwise
  act("delete", "/v1/connections/{connectionId}", { path: { connectionID: "c" } });
  // @ts-expect-error a job's id is a number
  act("delete", "/v1/jobs/{jobId}", { path: { jobId: "1" } });
  // @ts-expect-error stream and rule are needed
  act("delete", WAIVERS, { path, query: { stream: "s" } });
  // @ts-expect-error nothing of a waiver has a version
  act("post", WAIVERS, { path, header: { "If-Match": "t" }, body: waiver });
});

it("has the members of the body, and no others", () => {
  const misspelt = { nmae: "n", status: "active" as const };
  const deep = { atlas: { onHeld: "fail" as const, onEmtpy: "fail" } };
  // @ts-expect-error a member is misspelt
  act("patch", CONNECTION, { path, body: { nmae: "n" } });
  // @ts-expect-error also where the body comes by a variable
  act("patch", CONNECTION, { path, body: misspelt });
  // @ts-expect-error or by a spread that may be empty
  act("patch", CONNECTION, { path, body: { ...(path ? { nmae: "n" } : {}) } });
  // @ts-expect-error or within it
  act("patch", CONNECTION, { path, body: deep });
  // @ts-expect-error or in what is shown alone
  act("patch", CONNECTION, { path, body: {}, shown: { nmae: "n" } });
  // @ts-expect-error there is no such status
  act("patch", CONNECTION, { path, body: { status: "activ" } });
  // @ts-expect-error a job is of a connection
  act("post", "/v1/jobs", { body: { jobType: "sync" } });
  // @ts-expect-error nothing is told there
  act("post", "/v1/audit/verify", { body: {} });
  // @ts-expect-error a correction has no such member
  actAsTyped("post", FIX, { path: { recordId: "r" }, body: { recrod: "{}" } });
  const correction = { patch: "{}", ntoe: '"why"' };
  // @ts-expect-error nor by a variable
  actAsTyped("post", FIX, { path: { recordId: "r" }, body: correction });
});

it("is not written by hand", () => {
  const parts = { path: "/v1/nowhere", headers: {}, body: undefined, shown: undefined };
  // @ts-expect-error only the document makes one
  const request: ApiRequest = { method: "get", ...parts };
  expect(request.path).toBe("/v1/nowhere");
});

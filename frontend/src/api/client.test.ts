import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { act } from "./request";

const asked: Request[] = [];

beforeEach(() => {
  vi.resetModules();
  asked.length = 0;
  // a browser's addresses begin where its page is
  vi.stubGlobal(
    "Request",
    class extends Request {
      constructor(path: string, init: RequestInit) {
        super(new URL(path, "http://atlas"), init);
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

/** The client of a page to which the API answers so. */
async function answeredWith(status: number, body?: object) {
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(request);
    const json = { "content-type": "application/json" };
    return Promise.resolve(new Response(body && JSON.stringify(body), { status, headers: json }));
  });
  return import("./client");
}

it("sends what is shown: method, path, headers and body", async () => {
  const { send } = await answeredWith(200, { name: "shop" });
  const request = act("patch", "/v1/connections/{connectionId}", {
    path: { connectionId: "a/b" },
    header: { "If-Match": '"1"' },
    body: { name: "it's" },
  });

  expect(await send(request)).toEqual({ name: "shop" });
  const [sent] = asked;
  expect(`${sent?.method} ${sent?.url}`).toBe("PATCH http://atlas/v1/connections/a%2Fb");
  expect(sent?.headers.get("If-Match")).toBe('"1"');
  expect(sent?.headers.get("Content-Type")).toBe("application/json");
  expect(await sent?.text()).toBe(request.body);
});

it("sends no body where there is none, and answers nothing to a 204", async () => {
  const { send } = await answeredWith(204);
  const request = act("delete", "/v1/sources/{sourceId}", { path: { sourceId: "s" } });

  expect(await send(request)).toBeUndefined();
  expect(asked[0]?.body).toBeNull();
});

it("throws the problem that the API answers with", async () => {
  const { send } = await answeredWith(404, { title: "There is no such job" });
  const request = act("delete", "/v1/jobs/{jobId}", { path: { jobId: 7 } });

  await expect(send(request)).rejects.toThrow("There is no such job");
});

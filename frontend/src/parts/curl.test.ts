import { expect, it } from "vitest";

import { act, actAsTyped } from "@/api/request";

import { curl } from "./curl";

const ATLAS = "http://atlas";

it("writes a request that a shell takes as it is", () => {
  const said = curl(act("post", "/v1/workspaces", { body: { name: "it's" } }), ATLAS);
  expect(said).toContain("curl -X POST 'http://atlas/v1/workspaces'");
  expect(said).toContain(String.raw`-d '{"name":"it'\''s"}'`);
});

it("does not let a name in a path end the shell's string", () => {
  const path = { connectionId: "c", stream: "it's" };
  const said = curl(
    act("patch", "/v1/datasets/{connectionId}/{stream}", { path, body: {} }),
    ATLAS,
  );
  expect(said).toContain(String.raw`'http://atlas/v1/datasets/c/it'\''s'`);
});

it("sends no body where there is none", () => {
  const said = curl(act("delete", "/v1/jobs/{jobId}", { path: { jobId: 1 } }), ATLAS);
  expect(said).toContain("'http://atlas/v1/jobs/1'");
  expect(said).not.toContain("-d");
});

it("names the version that an edit is of", () => {
  const edit = act("put", "/v1/schedules/{connectionId}", {
    path: { connectionId: "c" },
    header: { "If-Match": '"a.b"' },
    body: { scheduleType: "manual" },
  });
  expect(curl(edit, ATLAS)).toContain(`-H 'If-Match: "a.b"'`);
});

it("shows no secret of what is sent", () => {
  const said = { name: "n", apiUrl: "u", clientId: "c", workspaceId: "w" };
  const request = act("post", "/v1/remotes", {
    body: { ...said, clientSecret: "a secret" },
    shown: { ...said, clientSecret: "**********" },
  });
  expect(request.body).toContain("a secret");
  expect(curl(request, ATLAS)).not.toContain("a secret");
});

it("keeps numbers as they were typed", () => {
  const fix = actAsTyped("post", "/v1/quarantine/{recordId}/fix", {
    path: { recordId: "r" },
    body: { record: '{"id":12345678901234567890}', note: '"why"' },
  });
  expect(curl(fix, ATLAS)).toContain(`-d '{"record":{"id":12345678901234567890},"note":"why"}'`);
});

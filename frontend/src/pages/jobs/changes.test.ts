import { answer } from "@/fixtures/atlas";

import { beforeEach, expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { differences } from "./changes";

const at = (minute: number): string =>
  new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString().replace(".000", "");
const job = (jobId: number, endedAt: string) =>
  ({ jobId, connectionId: "c", startTime: endedAt, atlas: { endedAt } }) as Schemas["JobView"];
const none = { value: { data: [], next: "" } };

beforeEach(() =>
  answer({
    "GET /v1/connections/c/schema-changes": none,
    "GET /v1/connections/c/state/versions": none,
    "GET /v1/connections/c/tables/acts": none,
    // all that was done, as the audit has it: jobs of a command line among it
    "GET /v1/audit": {
      value: {
        data: ["createJob", "createReplay", "patchConnection"].map((action, place) => ({
          entryId: place,
          recordedAt: at(20 + place),
          actorName: "the machine",
          action,
          subject: "/v1/connections/c",
        })),
      },
    },
  }),
);

it("names acts that change settings, and not that jobs were asked for", async () => {
  const acts = [
    { action: "patchConnection", of: "connection", doneBy: "Ann", doneAt: at(30) },
    { action: "renameTables", of: "connection", doneBy: "Ann", doneAt: at(25) },
    { action: "putSource", of: "source", doneBy: "Bob", doneAt: at(20) },
    { action: "patchSource", of: "source", doneBy: "Bob", doneAt: at(5) },
  ];
  answer({ "GET /v1/connections/c/settings-acts": { value: { data: acts, next: "" } } });
  const { changes, isCut } = await differences(job(2, at(40)), job(1, at(10)));

  expect(changes.map(({ what }) => what)).toEqual([
    "the connection was changed by Ann: patchConnection",
    "the source was changed by Bob: putSource",
  ]);
  expect(isCut).toBe(false);
});

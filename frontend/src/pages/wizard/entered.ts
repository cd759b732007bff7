/** What somebody has entered so far; it stays while steps are gone back and forth. */
import type { Schemas } from "@/api/client";
import { act } from "@/api/request";
import type { JsonObject } from "@/parts/spec/spec";
import { MANUAL, type ScheduleDraft } from "@/pages/connections/schedule/schedule";
import type { Policies, SchemaUpdates } from "@/pages/connections/settings/PolicyFields";
import { configurationsOf, type StreamChoice } from "@/pages/connections/streams/choice";
import { bodyOf } from "@/pages/connections/schedule/schedule";

export interface Entered {
  connector: string | undefined;
  workspaceId: string | undefined;
  sourceName: string;
  configuration: JsonObject;
  /** The source as it was last kept: made here, or there before. */
  source: Schemas["SourceView"] | undefined;
  isOwnSource: boolean;
  choices: StreamChoice[] | undefined;
  name: string;
  prefix: string;
  policies: Policies;
  updates: SchemaUpdates;
  tagIds: string[];
  schedule: ScheduleDraft;
  runsAtOnce: boolean;
}

export const NOTHING: Entered = {
  connector: undefined,
  workspaceId: undefined,
  sourceName: "",
  configuration: {},
  source: undefined,
  isOwnSource: false,
  choices: undefined,
  name: "",
  prefix: "",
  policies: {
    onMisfit: "quarantine",
    onHeld: "fail",
    onEmpty: "fail",
    hardDeletes: "invalidate",
    onUnchanged: "record_again",
  },
  updates: "ignore",
  tagIds: [],
  schedule: MANUAL,
  runsAtOnce: true,
};

/** The connection that is wished for. */
export function wishOf(entered: Entered, destinationId: string): Schemas["ConnectionCreate"] {
  return {
    ...(entered.name.trim() ? { name: entered.name.trim() } : {}),
    sourceId: entered.source?.sourceId ?? "",
    destinationId,
    prefix: entered.prefix,
    configurations: configurationsOf(entered.choices ?? []),
    nonBreakingSchemaUpdatesBehavior: entered.updates,
    schedule: bodyOf(entered.schedule),
    tags: entered.tagIds.map((tagId) => ({ tagId })),
    status: "active",
    atlas: entered.policies,
  };
}

/** What keeps the source: made once, then changed. `hidden` is its configuration as it may be shown. */
export function keepOf(
  { source, isOwnSource, sourceName, workspaceId = "" }: Entered,
  configuration: JsonObject,
  hidden: JsonObject,
) {
  const name = sourceName.trim();
  return source && isOwnSource
    ? act("put", "/v1/sources/{sourceId}", {
        path: { sourceId: source.sourceId },
        body: { name, configuration },
        shown: { name, configuration: hidden },
      })
    : act("post", "/v1/sources", {
        body: { name, workspaceId, configuration },
        shown: { name, workspaceId, configuration: hidden },
      });
}

/** True once there is something to lose. */
export const isBegun = (entered: Entered): boolean =>
  entered.isOwnSource ||
  entered.choices !== undefined ||
  Boolean(entered.sourceName.trim() && !entered.source) ||
  Object.keys(entered.configuration).length > 0;

/** Where in a configuration the server found something wrong. Shape: relative to the configuration. */
export function inConfiguration(
  errors: { pointer?: string; detail?: string }[],
): { pointer: string; detail: string }[] {
  return errors.map(({ pointer = "", detail = "" }) => ({
    pointer: pointer.replace(/^\/(body\/)?configuration(?=\/|$)/, ""),
    detail,
  }));
}

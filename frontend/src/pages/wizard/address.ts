/** What of the wizard stands in its address, so that a reload goes on where it was. */
import type { Schemas } from "@/api/client";
import { type JsonObject, without } from "@/parts/spec/spec";

import type { Entered } from "./entered";

/** Which steps need no more than the source: what is chosen after them is not kept. */
const STREAMS = 2;

export interface Place {
  step: number;
  connector: string | undefined;
  sourceId: string | undefined;
  isOwnSource: boolean;
}

export function addressOf(step: number, entered: Entered): URLSearchParams {
  const address = new URLSearchParams();
  if (entered.connector) address.set("connector", entered.connector);
  if (entered.source) address.set("source", entered.source.sourceId);
  if (entered.source && entered.isOwnSource) address.set("made", "here");
  if (step > 0) address.set("step", String(step));
  return address;
}

/** Shape: no further than to the streams, which are asked for anew; not past a source that is not there. */
export function placeOf(address: URLSearchParams): Place {
  const connector = address.get("connector") ?? undefined;
  const sourceId = address.get("source") ?? undefined;
  const named = address.get("step");
  const asked = named === null ? (connector ? 1 : 0) : Number(named) || 0;
  const furthest = sourceId ? STREAMS : connector ? 1 : 0;
  return {
    step: Math.max(0, Math.min(asked, furthest)),
    connector,
    sourceId,
    isOwnSource: address.get("made") === "here",
  };
}

/** What was entered, as far as the source that is kept tells of it. */
export function enteredOf(source: Schemas["SourceView"], isOwnSource: boolean): Partial<Entered> {
  const configuration = without(source.configuration as JsonObject, "sourceType");
  return {
    source,
    isOwnSource,
    connector: `source-${source.sourceType}`,
    workspaceId: source.workspaceId,
    sourceName: source.name,
    ...(isOwnSource ? { configuration } : {}),
  };
}

/** A state as the API has written it: its parts and its files, with every number as it is. */
import type { Schemas } from "@/api/client";
import { indented, itemsOf, membersOf, objectText } from "@/parts/jsonText";

type View = Schemas["StateView"];

export interface Written {
  version: number | undefined;
  stateType: string | undefined;
  /** Of each stream; none where the state is of all of them together. */
  streams: { name: string; text: string }[];
  /** Of all streams together. */
  whole: string;
}

export function writtenIn(answer: string): Written {
  const { version, stateType, streamState } = JSON.parse(answer) as View;
  const members = membersOf(answer);
  const streams = itemsOf(members.get("streamState") ?? "[]").map((one, place) => ({
    name: nameOf(streamState?.[place]),
    text: membersOf(one).get("streamState") ?? "null",
  }));
  return {
    version: version ?? undefined,
    stateType,
    streams,
    whole: [members.get("globalState"), members.get("state")].find(isSaid) ?? "null",
  };
}

const isSaid = (json: string | undefined): boolean => json !== undefined && json !== "null";

function nameOf(one: Record<string, unknown> | undefined): string {
  const named = one?.streamDescriptor as { name?: string; namespace?: string } | undefined;
  return [named?.namespace, named?.name].filter(Boolean).join(".");
}

/** What a file of it has: the messages, or all but them and the version. */
export function fileText(answer: string, form: Schemas["StateForm"]): string {
  const members = membersOf(answer);
  if (form === "messages") return indented(members.get("messages") ?? "[]");
  const whole = [...members].filter(([name]) => name !== "version" && name !== "messages");
  return indented(objectText(whole));
}

/** Each difference of two versions with both of its sides as they are written. */
export function differencesIn(
  answer: string,
): (Schemas["StateDifferenceView"] & { texts: { before: string; after: string } })[] {
  const { data } = JSON.parse(answer) as Schemas["DiffView"];
  const texts = itemsOf(membersOf(answer).get("data") ?? "[]").map(membersOf);
  return data.map((one, place) => ({
    ...one,
    texts: {
      before: texts[place]?.get("before") ?? "null",
      after: texts[place]?.get("after") ?? "null",
    },
  }));
}

import type { Schemas } from "@/api/client";

export type Trouble = Schemas["Trouble"];
type Connection = Schemas["OverviewConnection"];
type One = Schemas["TroubleView"];

export const TROUBLES: { kind: Trouble; title: string; about: string; color: string }[] = [
  { kind: "broken", title: "Broken", about: "failed, or books that do not balance", color: "red" },
  { kind: "late", title: "Late", about: "due, and nothing has succeeded since", color: "orange" },
  { kind: "unsafe", title: "Unsafe", about: "may be personal, nobody has decided", color: "grape" },
  {
    kind: "waiting",
    title: "Waiting for you",
    about: "decisions that only people take",
    color: "yellow",
  },
];

/** Where what a trouble is about can be seen and mended. */
export function placeOf(connection: Connection, trouble: One): string {
  const here = `connectionId=${connection.connectionId}`;
  switch (trouble.reason) {
    case "personal_data":
      return `/personal-data?verdict=review&${here}`;
    case "quarantine":
      return `/quarantine?${here}`;
    case "schema_change":
      return `/connections/${connection.connectionId}/schema`;
    case "notification":
      return `/connections/${connection.connectionId}/settings`;
    default:
      return trouble.jobId === undefined
        ? `/connections/${connection.connectionId}`
        : `/jobs/${trouble.jobId}`;
  }
}

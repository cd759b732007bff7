/** Where a remote is seen, and what is chosen of it. */
import type { Schemas } from "@/api/client";

type There = Schemas["RemoteConnectionView"];

export const remotePath = (remote: { remoteId: string }): string =>
  `/connectors/remotes/${remote.remoteId}`;

/** Those of a remote's connections that can be imported: what is here already cannot. */
export const importable = (found: There[]): There[] =>
  found.filter(({ connectionId }) => connectionId === undefined);

/** The wish to import what was chosen. Shape: ids of what is here by now are left out. */
export function importOf(
  found: There[],
  chosen: ReadonlySet<string>,
  schedule: Schemas["ScheduleChoice"],
): Schemas["ImportBody"] {
  const connectionIds = importable(found)
    .map(({ remoteConnectionId }) => remoteConnectionId)
    .filter((id) => chosen.has(id));
  return { connectionIds, schedule };
}

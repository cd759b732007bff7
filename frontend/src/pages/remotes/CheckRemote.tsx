import { type ButtonProps, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Status } from "@/parts/Status";

/** Asks a remote whether it knows Atlas. */
export function CheckRemote({
  remote,
  onChecked,
  ...button
}: ButtonProps & {
  remote: Schemas["RemoteView"];
  onChecked: (found: Schemas["RemoteCheckView"]) => void;
}) {
  return (
    <Act
      variant="default"
      aria-label={`Check ${remote.name}`}
      request={act("post", "/v1/remotes/{remoteId}/check", { path: { remoteId: remote.remoteId } })}
      done={`${remote.name} knows Atlas`}
      onDone={onChecked}
      {...button}
    >
      Check
    </Act>
  );
}

export function Checked({ found }: { found: Schemas["RemoteCheckView"] }) {
  const names = found.workspaces.map(({ name }) => name).join(", ");
  return (
    <Text size="sm" component="div" role="status">
      <Status value="ok" label="it knows Atlas" /> {names ? `Workspaces: ${names}. ` : ""}
      {found.hasConfigApi
        ? "It gives states and schemas."
        : "It has no Config API: there are no states to move."}
    </Text>
  );
}

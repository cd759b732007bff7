import { $api } from "@/api/client";
import { allows, allowsSomewhere, type Role, useSession } from "@/session/session";

/** True if who is signed in may do what needs `role` with a connection; false until that is known. */
export function useMayOn(role: Role, connectionId: string | undefined): boolean {
  const { roles } = useSession();
  const anywhere = allowsSomewhere(roles, role);
  const asked = $api.useQuery(
    "get",
    "/v1/connections/{connectionId}",
    { params: { path: { connectionId: connectionId ?? "" } } },
    { enabled: anywhere && Boolean(connectionId), staleTime: 60_000 },
  );
  const workspaceId = asked.data?.workspaceId;
  return workspaceId !== undefined && allows(roles, role, workspaceId);
}

import { createContext, useContext } from "react";

import type { Schemas } from "@/api/client";

export type Role = Schemas["Role"];

const RANK: Record<Role, number> = { viewer: 0, operator: 1, editor: 2, admin: 3 };

export interface Session {
  name: string;
  kind: string;
  id: string;
  roles: Schemas["RoleView"][];
  signOut: () => Promise<void>;
}

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("Nobody is signed in here.");
  return session;
}

/** True if these roles allow what needs `role`; a role without a workspace holds in all of them. */
export function allows(roles: Schemas["RoleView"][], role: Role, workspaceId?: string): boolean {
  return roles.some(
    (held) =>
      RANK[held.role] >= RANK[role] &&
      (!held.workspaceId || !workspaceId || held.workspaceId === workspaceId),
  );
}

/** What may not be done is not offered: `const mayRun = useMay("operator")`. */
export function useMay(role: Role, workspaceId?: string): boolean {
  return allows(useSession().roles, role, workspaceId);
}

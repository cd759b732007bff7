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

type Held = Schemas["RoleView"];

/** True if these roles allow what needs `role` in a workspace; a role without a workspace holds in all of them.
 * Where it is not known yet which workspace that is, only such a role does. */
export function allows(roles: Held[], role: Role, workspaceId: string | undefined): boolean {
  return roles.some(
    (held) =>
      RANK[held.role] >= RANK[role] && (!held.workspaceId || held.workspaceId === workspaceId),
  );
}

/** True if there is a workspace in which these roles allow it: for what is made in one that is chosen later. */
export const allowsSomewhere = (roles: Held[], role: Role): boolean =>
  roles.some((held) => RANK[held.role] >= RANK[role]);

/** What may not be done is not offered: `const mayRun = useMay("operator", connection.workspaceId)`. */
export function useMay(role: Role, workspaceId: string | undefined): boolean {
  return allows(useSession().roles, role, workspaceId);
}

export function useMaySomewhere(role: Role): boolean {
  return allowsSomewhere(useSession().roles, role);
}

/** For what is of no workspace: users, applications, the installation itself. */
export function useMayEverywhere(role: Role): boolean {
  return allows(useSession().roles, role, undefined);
}

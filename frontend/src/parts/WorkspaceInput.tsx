import { Select } from "@mantine/core";

import { $api } from "@/api/client";
import { allows, type Role, useSession } from "@/session/session";

/** The workspaces in which who is signed in may do what needs `role`. */
export function useWorkspaces(role: Role) {
  const { roles } = useSession();
  return $api.useQuery(
    "get",
    "/v1/workspaces",
    { params: { query: { limit: 100 } } },
    {
      staleTime: 60_000,
      select: ({ data }) => data.filter((one) => allows(roles, role, one.workspaceId)),
    },
  );
}

/** In which workspace something is made; where there is but one, nothing is asked. */
export function WorkspaceInput({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (workspaceId: string) => void;
}) {
  const { data, error } = useWorkspaces("editor");
  if (!error && (data?.length ?? 0) < 2) return null;
  return (
    <Select
      label="Workspace"
      allowDeselect={false}
      data={(data ?? []).map((one) => ({ value: one.workspaceId, label: one.name }))}
      value={value ?? null}
      onChange={(id) => id && onChange(id)}
      error={error ? "Workspaces could not be read." : undefined}
    />
  );
}

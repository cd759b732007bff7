import { Badge, Group, Select } from "@mantine/core";

import { $api, type Schemas } from "@/api/client";
import type { Role } from "@/session/session";

const ROLES: { value: Role; label: string }[] = [
  { value: "viewer", label: "viewer: looks" },
  { value: "operator", label: "operator: also runs, cancels, replays" },
  { value: "editor", label: "editor: also makes and changes" },
  { value: "admin", label: "admin: all, also users" },
];

function useWorkspaces() {
  const query = $api.useQuery("get", "/v1/workspaces", { params: { query: { limit: 100 } } });
  return query.data?.data ?? [];
}

export function RoleList({ roles }: { roles: Schemas["RoleView"][] }) {
  const workspaces = useWorkspaces();
  const nameOf = (id: string) => workspaces.find((each) => each.workspaceId === id)?.name ?? id;
  return (
    <Group gap={4}>
      {roles.map(({ role, workspaceId }) => (
        <Badge key={`${role}${workspaceId}`} variant="default" tt="none">
          {role} {workspaceId ? `in ${nameOf(workspaceId)}` : "everywhere"}
        </Badge>
      ))}
    </Group>
  );
}

/** One role, in one workspace or in all. */
export function GrantInput({
  grant,
  onChange,
}: {
  grant: Schemas["Grant"];
  onChange: (grant: Schemas["Grant"]) => void;
}) {
  const workspaces = useWorkspaces();
  return (
    <Group grow align="flex-start">
      <Select
        label="Role"
        data={ROLES}
        allowDeselect={false}
        value={grant.role}
        onChange={(role) => role && onChange({ ...grant, role: role as Role })}
      />
      <Select
        label="In"
        data={[
          { value: "", label: "all workspaces" },
          ...workspaces.map(({ workspaceId, name }) => ({ value: workspaceId, label: name })),
        ]}
        allowDeselect={false}
        value={grant.workspaceId ?? ""}
        onChange={(id) => onChange({ role: grant.role, ...(id ? { workspaceId: id } : {}) })}
      />
    </Group>
  );
}

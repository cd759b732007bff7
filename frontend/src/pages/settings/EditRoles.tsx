import { ActionIcon, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";

import type { Schemas } from "@/api/client";
import { type Kept, ofVersion, useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { AsRequest } from "@/parts/AsRequest";
import { useDraft } from "@/parts/draft";
import { Loaded } from "@/parts/Loaded";
import { Overtaken } from "@/parts/Overtaken";

import { GrantInput } from "./Roles";

type User = Schemas["UserView"];
type Grant = Schemas["Grant"];

/** The roles that a user has; what is kept takes the place of all of them. */
export function EditRoles({ user }: { user: User }) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open}>
        Roles
      </Button>
      <Modal opened={opened} onClose={close} title={`Roles of ${user.email}`} size="lg">
        <Fields userId={user.id} onDone={close} />
      </Modal>
    </>
  );
}

/** The list that he was chosen from may be old: his roles are those that he has now. */
function Fields({ userId, onDone }: { userId: string; onDone: () => void }) {
  const query = useEdited(act("get", "/v1/users/{userId}", { path: { userId } }));
  return <Loaded query={query}>{(kept) => <Grants kept={kept} onDone={onDone} />}</Loaded>;
}

function Grants({ kept, onDone }: { kept: Kept<User>; onDone: () => void }) {
  const form = useDraft(kept, (user) => ({ roles: user.roles.map(grantOf) }));
  const { roles } = form.draft;
  const set = (after: Grant[]) => form.change({ roles: after });
  const request = act("patch", "/v1/users/{userId}", {
    path: { userId: kept.value.id },
    header: ofVersion(form.tag),
    body: form.draft,
  });
  return (
    <Stack>
      {roles.map((grant, place) => (
        <Group key={place} align="flex-end" wrap="nowrap">
          <GrantInput
            grant={grant}
            onChange={(changed) => set(roles.map((one, n) => (n === place ? changed : one)))}
          />
          <ActionIcon
            variant="default"
            size="lg"
            aria-label={`Take away role ${place + 1}`}
            onClick={() => set(roles.filter((_, n) => n !== place))}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      <Button variant="default" w="fit-content" onClick={() => set([...roles, { role: "viewer" }])}>
        Another role
      </Button>
      {roles.length === 0 && (
        <Text size="sm">Without a role a user sees nothing: suspend or remove him instead.</Text>
      )}
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      <Group justify="flex-end">
        {roles.length > 0 ? (
          <Act
            request={request}
            onDone={() => {
              form.saved();
              onDone();
            }}
            done="The roles hold from now on"
          >
            Keep these roles
          </Act>
        ) : (
          <>
            <Button disabled>Keep these roles</Button>
            <AsRequest request={request} />
          </>
        )}
      </Group>
    </Stack>
  );
}

const grantOf = ({ role, workspaceId }: Schemas["RoleView"]): Grant => ({
  role,
  ...(workspaceId ? { workspaceId } : {}),
});

import { ActionIcon, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { AsRequest } from "@/parts/AsRequest";

import { GrantInput } from "./Roles";

type Grant = Schemas["Grant"];

/** The roles that a user has; what is kept takes the place of all of them. */
export function EditRoles({ user }: { user: Schemas["UserView"] }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [grants, setGrants] = useState<Grant[]>([]);
  const request = act("patch", "/v1/users/{userId}", {
    path: { userId: user.id },
    body: { roles: grants },
  });
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => {
          setGrants(user.roles.map(grantOf));
          open();
        }}
      >
        Roles
      </Button>
      <Modal opened={opened} onClose={close} title={`Roles of ${user.email}`} size="lg">
        <Stack>
          {grants.map((grant, place) => (
            <Group key={place} align="flex-end" wrap="nowrap">
              <GrantInput
                grant={grant}
                onChange={(changed) =>
                  setGrants(grants.map((one, n) => (n === place ? changed : one)))
                }
              />
              <ActionIcon
                variant="default"
                size="lg"
                aria-label={`Take away role ${place + 1}`}
                onClick={() => setGrants(grants.filter((_, n) => n !== place))}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
          ))}
          <Button
            variant="default"
            w="fit-content"
            onClick={() => setGrants([...grants, { role: "viewer" }])}
          >
            Another role
          </Button>
          {grants.length === 0 && (
            <Text size="sm">
              Without a role a user sees nothing: suspend or remove him instead.
            </Text>
          )}
          <Group justify="flex-end">
            {grants.length > 0 ? (
              <Act request={request} onDone={close} done="The roles hold from now on">
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
      </Modal>
    </>
  );
}

const grantOf = ({ role, workspaceId }: Schemas["RoleView"]): Grant => ({
  role,
  ...(workspaceId ? { workspaceId } : {}),
});

import { Button, Group, Modal, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { useForm } from "react-hook-form";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { AsRequest } from "@/parts/AsRequest";
import { At } from "@/parts/At";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { Section } from "@/parts/Section";
import { Status } from "@/parts/Status";
import { useSession } from "@/session/session";

import { EditRoles } from "./EditRoles";
import { GrantInput, RoleList } from "./Roles";
import { ShownOnce } from "./Shown";

export function Users() {
  const users = $api.useQuery("get", "/v1/users");
  const { id } = useSession();
  const [link, setLink] = useState<{ whose: string; url: string }>();
  return (
    <Section
      title="Users"
      about="Who may sign in. A new user sets a password by a link; Atlas sends no mail of it."
      acts={<NewUser onMade={(made) => setLink({ whose: made.email, url: made.link.url })} />}
    >
      {link && <ShownOnce title={`Send this to ${link.whose}`} values={{ Link: link.url }} />}
      <Loaded query={users}>
        {({ data }) => (
          <ListTable
            label="Users"
            minWidth={760}
            heads={["E-mail address", "Name", "Roles", "Status", "Since", "Acts"]}
          >
            {data.map((user) => (
              <Table.Tr key={user.id}>
                <Table.Td>{user.email}</Table.Td>
                <Table.Td>{user.name}</Table.Td>
                <Table.Td>
                  <RoleList roles={user.roles} />
                </Table.Td>
                <Table.Td>
                  {user.isActive ? (
                    <Status
                      value={user.hasPassword ? "active" : "waiting"}
                      label={user.hasPassword ? "active" : "has not set a password"}
                    />
                  ) : (
                    <Status value="inactive" />
                  )}
                </Table.Td>
                <Table.Td>
                  <At at={user.createdAt} />
                </Table.Td>
                <Table.Td>
                  <Group gap="xs" wrap="nowrap">
                    <Act
                      size="compact-sm"
                      variant="default"
                      request={act("post", "/v1/users/{userId}/link", {
                        path: { userId: user.id },
                      })}
                      onDone={({ url }) => setLink({ whose: user.email, url })}
                    >
                      New link
                    </Act>
                    {user.id !== id && (
                      <>
                        <EditRoles user={user} />
                        <Act
                          size="compact-sm"
                          variant="default"
                          request={act("patch", "/v1/users/{userId}", {
                            path: { userId: user.id },
                            body: { isActive: !user.isActive },
                          })}
                        >
                          {user.isActive ? "Suspend" : "Let in again"}
                        </Act>
                        <Act
                          size="compact-sm"
                          variant="default"
                          request={act("delete", "/v1/users/{userId}", {
                            path: { userId: user.id },
                          })}
                          confirm={{
                            title: `Remove ${user.email}?`,
                            content: (
                              <Text size="sm">
                                His sessions are over at once. What he did stays in the audit log.
                              </Text>
                            ),
                            typeName: user.email,
                            label: "Remove the user",
                            danger: true,
                          }}
                        >
                          Remove
                        </Act>
                      </>
                    )}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </ListTable>
        )}
      </Loaded>
    </Section>
  );
}

function NewUser({ onMade }: { onMade: (made: Schemas["InvitedUser"]) => void }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [grant, setGrant] = useState<Schemas["Grant"]>({ role: "viewer" });
  const { register, watch, reset } = useForm<{ email: string; name: string }>({
    defaultValues: { email: "", name: "" },
  });
  const { email, name } = watch();
  const request = act("post", "/v1/users", {
    body: { email, ...(name ? { name } : {}), roles: [grant] },
  });
  return (
    <>
      <Button onClick={open}>New user</Button>
      <Modal opened={opened} onClose={close} title="New user" size="lg">
        <Stack>
          <TextInput label="E-mail address" type="email" required {...register("email")} />
          <TextInput label="Name" {...register("name")} />
          <GrantInput grant={grant} onChange={setGrant} />
          <Group justify="flex-end">
            {email ? (
              <Act
                request={request}
                onDone={(made) => {
                  onMade(made);
                  reset();
                  close();
                }}
              >
                Make the user
              </Act>
            ) : (
              <>
                <Button disabled>Make the user</Button>
                <AsRequest request={request} />
              </>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

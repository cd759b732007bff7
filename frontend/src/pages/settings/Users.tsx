import { Button, Group, Modal, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { useForm } from "react-hook-form";

import { $api, type Schemas } from "@/api/client";
import { Act } from "@/parts/Act";
import { AsRequest } from "@/parts/AsRequest";
import { At } from "@/parts/At";
import { Loaded } from "@/parts/Loaded";
import { Section } from "@/parts/Section";
import { Status } from "@/parts/Status";
import { useSession } from "@/session/session";

import { EditRoles } from "./EditRoles";
import { GrantInput, RoleList } from "./Roles";
import { ShownOnce } from "./Shown";

type Link = Schemas["LinkView"];

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
          <Table.ScrollContainer minWidth={760}>
            <Table verticalSpacing={6}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>E-mail address</Table.Th>
                  <Table.Th>Name</Table.Th>
                  <Table.Th>Roles</Table.Th>
                  <Table.Th>Status</Table.Th>
                  <Table.Th>Since</Table.Th>
                  <Table.Th>Acts</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
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
                        <Act<Link>
                          size="compact-sm"
                          variant="default"
                          request={{ method: "post", path: `/v1/users/${user.id}/link` }}
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
                              request={{
                                method: "patch",
                                path: `/v1/users/${user.id}`,
                                body: { isActive: !user.isActive },
                              }}
                            >
                              {user.isActive ? "Suspend" : "Let in again"}
                            </Act>
                            <Act
                              size="compact-sm"
                              variant="default"
                              request={{ method: "delete", path: `/v1/users/${user.id}` }}
                              confirm={{
                                title: `Remove ${user.email}?`,
                                content: (
                                  <Text size="sm">
                                    His sessions are over at once. What he did stays in the audit
                                    log.
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
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
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
  const body = { email, ...(name ? { name } : {}), roles: [grant] };
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
              <Act<Schemas["InvitedUser"]>
                request={{ method: "post", path: "/v1/users", body }}
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
                <AsRequest request={{ method: "post", path: "/v1/users", body }} />
              </>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

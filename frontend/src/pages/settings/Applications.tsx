import { Button, Group, Modal, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { At } from "@/parts/At";
import { Empty } from "@/parts/Empty";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { Section } from "@/parts/Section";

import { GrantInput, RoleList } from "./Roles";
import { ShownOnce } from "./Shown";

type Application = Schemas["ApplicationView"];

export function Applications() {
  const applications = $api.useQuery("get", "/v1/applications");
  const [made, setMade] = useState<Application>();
  return (
    <Section
      title="Applications"
      about="Programs that call the API: Airflow, Dagster, an SDK. Each has a client id and a secret."
      acts={<NewApplication onMade={setMade} />}
    >
      {made && (
        <ShownOnce
          title={`The secret of ${made.name}`}
          values={{ "Client id": made.clientId, "Client secret": made.clientSecret }}
        />
      )}
      <Loaded query={applications}>
        {(shown) =>
          shown.applications.length ? (
            <ListTable
              label="Applications"
              minWidth={640}
              heads={["Name", "Client id", "Roles", "Since", "Acts"]}
            >
              {shown.applications.map((application) => (
                <Table.Tr key={application.id}>
                  <Table.Td>{application.name}</Table.Td>
                  <Table.Td ff="monospace" fz="xs">
                    {application.clientId}
                  </Table.Td>
                  <Table.Td>
                    <RoleList roles={application.atlas.roles} />
                  </Table.Td>
                  <Table.Td>
                    <At at={new Date(application.createdAt * 1000).toISOString()} />
                  </Table.Td>
                  <Table.Td>
                    <Act
                      size="compact-sm"
                      variant="default"
                      request={act("delete", "/v1/applications/{applicationId}", {
                        path: { applicationId: application.id },
                      })}
                      confirm={{
                        title: `Delete ${application.name}?`,
                        content: (
                          <Text size="sm">Whatever uses its secret is refused from then on.</Text>
                        ),
                        typeName: application.name,
                        label: "Delete the application",
                        danger: true,
                      }}
                    >
                      Delete
                    </Act>
                  </Table.Td>
                </Table.Tr>
              ))}
            </ListTable>
          ) : (
            <Empty title="No application yet">
              Airflow, Dagster and the SDKs need one: <a href="/docs">the API&apos;s page</a> shows
              how they use it.
            </Empty>
          )
        }
      </Loaded>
    </Section>
  );
}

function NewApplication({ onMade }: { onMade: (made: Application) => void }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [name, setName] = useState("");
  const [grant, setGrant] = useState<Schemas["Grant"]>({ role: "operator" });
  return (
    <>
      <Button onClick={open}>New application</Button>
      <Modal opened={opened} onClose={close} title="New application" size="lg">
        <Stack>
          <TextInput
            label="Name"
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <GrantInput grant={grant} onChange={setGrant} />
          <Group justify="flex-end">
            <Act
              disabled={!name}
              request={act("post", "/v1/applications", {
                body: { name, atlas: { roles: [grant] } },
              })}
              onDone={(made) => {
                onMade(made);
                setName("");
                close();
              }}
            >
              Make the application
            </Act>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

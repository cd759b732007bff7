import { Button, Group, Modal, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import { answered, api, type Schemas } from "@/api/client";
import { type Kept, ofVersion, useEdited } from "@/api/edited";
import { usePaged } from "@/api/paging";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { AsRequest } from "@/parts/AsRequest";
import { useDraft } from "@/parts/draft";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { MoreButton } from "@/parts/MoreButton";
import { Overtaken } from "@/parts/Overtaken";
import { Section } from "@/parts/Section";
import { allows, useSession } from "@/session/session";

type Workspace = Schemas["WorkspaceView"];

/** Where sources, destinations and connections are kept apart, and roles are given. */
export function Workspaces() {
  const found = usePaged(["workspaces"], (query) =>
    answered(api.GET("/v1/workspaces", { params: { query } })),
  );
  const { roles } = useSession();
  const isOwner = roles.some(({ role, workspaceId }) => role === "admin" && !workspaceId);
  return (
    <Section
      title="Workspaces"
      about="What is in one is seen by who has a role in it. One can be deleted once nothing is in it."
      acts={isOwner && <EditWorkspace label="New workspace" />}
    >
      <Loaded query={found}>
        {() => (
          <ListTable label="Workspaces" minWidth={560} heads={["Workspace", "Id", "Acts"]}>
            {found.rows.map((workspace) => (
              <Table.Tr key={workspace.workspaceId}>
                <Table.Td>{workspace.name}</Table.Td>
                <Table.Td ff="monospace" fz="xs">
                  {workspace.workspaceId}
                </Table.Td>
                <Table.Td>
                  {allows(roles, "admin", workspace.workspaceId) && (
                    <Group gap="xs" wrap="nowrap">
                      <EditWorkspace label="Rename" workspace={workspace} />
                      <Act
                        size="compact-sm"
                        variant="default"
                        request={act("delete", "/v1/workspaces/{workspaceId}", {
                          path: { workspaceId: workspace.workspaceId },
                        })}
                        confirm={{
                          title: `Delete the workspace ${workspace.name}?`,
                          content: (
                            <Text size="sm">
                              Roles in it end. Atlas refuses while sources, destinations or
                              connections are in it.
                            </Text>
                          ),
                          typeName: workspace.name,
                          label: "Delete the workspace",
                          danger: true,
                        }}
                      >
                        Delete
                      </Act>
                    </Group>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </ListTable>
        )}
      </Loaded>
      <MoreButton more={found.more} />
    </Section>
  );
}

function EditWorkspace({ label, workspace }: { label: string; workspace?: Workspace }) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button {...(workspace ? { size: "compact-sm", variant: "default" } : {})} onClick={open}>
        {label}
      </Button>
      <Modal opened={opened} onClose={close} title={workspace ? `Rename ${workspace.name}` : label}>
        {workspace ? (
          <KeptWorkspace workspaceId={workspace.workspaceId} onDone={close} />
        ) : (
          <Fields kept={NONE} onDone={close} />
        )}
      </Modal>
    </>
  );
}

const NONE: Kept<Workspace | undefined> = { value: undefined, tag: undefined };

function KeptWorkspace({ workspaceId, onDone }: { workspaceId: string; onDone: () => void }) {
  const query = useEdited(act("get", "/v1/workspaces/{workspaceId}", { path: { workspaceId } }));
  return <Loaded query={query}>{(kept) => <Fields kept={kept} onDone={onDone} />}</Loaded>;
}

function Fields({ kept, onDone }: { kept: Kept<Workspace | undefined>; onDone: () => void }) {
  const form = useDraft(kept, (workspace) => ({ name: workspace?.name ?? "" }));
  const workspace = kept.value;
  const body = { name: form.draft.name.trim() };
  const request = workspace
    ? act("patch", "/v1/workspaces/{workspaceId}", {
        path: { workspaceId: workspace.workspaceId },
        header: ofVersion(form.tag),
        body,
      })
    : act("post", "/v1/workspaces", { body });
  const button = workspace ? "Rename the workspace" : "Make the workspace";
  return (
    <Stack>
      <TextInput
        label="Name"
        required
        value={form.draft.name}
        onChange={(event) => form.change({ name: event.currentTarget.value })}
      />
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      <Group justify="flex-end">
        {body.name ? (
          <Act
            request={request}
            onDone={() => {
              form.saved();
              onDone();
            }}
          >
            {button}
          </Act>
        ) : (
          <>
            <Button disabled>{button}</Button>
            <AsRequest request={request} />
          </>
        )}
      </Group>
    </Stack>
  );
}

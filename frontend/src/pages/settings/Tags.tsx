import {
  Button,
  ColorInput,
  ColorSwatch,
  Group,
  Modal,
  Stack,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";

import { $api, type Schemas } from "@/api/client";
import { type Kept, ofVersion, useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { AsRequest } from "@/parts/AsRequest";
import { useConnections } from "@/parts/ConnectionFilter";
import { useDraft } from "@/parts/draft";
import { Empty } from "@/parts/Empty";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { Overtaken } from "@/parts/Overtaken";
import { Section } from "@/parts/Section";
import { useWorkspaces, WorkspaceInput } from "@/parts/WorkspaceInput";
import { allows, useMaySomewhere, useSession } from "@/session/session";

import { taggedWith } from "./tagged";

type Tag = Schemas["TagView"];

const FIRST_COLOR = "07788C";

/** Words and colours that connections are found by: made, named anew, and taken away with what they are on. */
export function Tags() {
  const tags = $api.useQuery("get", "/v1/tags");
  const { roles } = useSession();
  const mayMake = useMaySomewhere("editor");
  return (
    <Section
      title="Tags"
      about="A connection is given its tags in its settings; lists are narrowed by them."
      acts={mayMake && <EditTag label="New tag" />}
    >
      <Loaded query={tags}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="There is no tag yet." />
          ) : (
            <ListTable label="Tags" minWidth={560} heads={["Tag", "On", "Acts"]}>
              {data.map((tag) => (
                <Table.Tr key={tag.tagId}>
                  <Table.Td>
                    <Group gap="xs" wrap="nowrap">
                      <ColorSwatch color={`#${tag.color}`} size={14} />
                      {tag.name}
                    </Group>
                  </Table.Td>
                  <Table.Td>
                    <TaggedConnections tag={tag} />
                  </Table.Td>
                  <Table.Td>
                    {allows(roles, "editor", tag.workspaceId) && (
                      <Group gap="xs" wrap="nowrap">
                        <EditTag label="Change" tag={tag} />
                        <Act
                          size="compact-sm"
                          variant="default"
                          request={act("delete", "/v1/tags/{tagId}", {
                            path: { tagId: tag.tagId },
                          })}
                          confirm={{
                            title: `Delete the tag ${tag.name}?`,
                            content: (
                              <Stack gap={4}>
                                <Text size="sm">These connections lose it, and nothing else:</Text>
                                <TaggedConnections tag={tag} />
                              </Stack>
                            ),
                            label: "Delete the tag",
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
          )
        }
      </Loaded>
    </Section>
  );
}

function TaggedConnections({ tag }: { tag: Tag }) {
  const connections = useConnections();
  if (connections.error) return <Text size="sm">Connections could not be read.</Text>;
  if (!connections.data) return null;
  const found = taggedWith(connections.data, tag.tagId);
  if (found.length === 0)
    return (
      <Text size="sm" c="dimmed">
        no connection
      </Text>
    );
  return (
    <Group gap="xs">
      {found.map(({ connectionId, name }) => (
        <Anchor key={connectionId} size="sm" to={`/connections/${connectionId}`}>
          {name}
        </Anchor>
      ))}
    </Group>
  );
}

function EditTag({ label, tag }: { label: string; tag?: Tag }) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button {...(tag ? { size: "compact-sm", variant: "default" } : {})} onClick={open}>
        {label}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={tag ? `Change ${tag.name}` : "New tag"}
        size="lg"
      >
        {tag ? (
          <KeptTag tagId={tag.tagId} onDone={close} />
        ) : (
          <TagFields kept={NONE} onDone={close} />
        )}
      </Modal>
    </>
  );
}

const NONE: Kept<Tag | undefined> = { value: undefined, tag: undefined };

function KeptTag({ tagId, onDone }: { tagId: string; onDone: () => void }) {
  const query = useEdited(act("get", "/v1/tags/{tagId}", { path: { tagId } }));
  return <Loaded query={query}>{(kept) => <TagFields kept={kept} onDone={onDone} />}</Loaded>;
}

function TagFields({ kept, onDone }: { kept: Kept<Tag | undefined>; onDone: () => void }) {
  const form = useDraft(kept, (tag) => ({
    name: tag?.name ?? "",
    color: tag?.color ?? FIRST_COLOR,
  }));
  const tag = kept.value;
  const workspaces = useWorkspaces("editor");
  const [chosen, setWorkspaceId] = useState<string>();
  const workspaceId = chosen ?? workspaces.data?.[0]?.workspaceId;
  const said = { name: form.draft.name.trim(), color: form.draft.color.replace("#", "") };
  const request = tag
    ? act("patch", "/v1/tags/{tagId}", {
        path: { tagId: tag.tagId },
        header: ofVersion(form.tag),
        body: said,
      })
    : act("post", "/v1/tags", { body: { ...said, workspaceId: workspaceId ?? "" } });
  const isReady =
    said.name !== "" && /^[0-9a-f]{6}$/i.test(said.color) && (tag ?? workspaceId) !== undefined;
  const button = tag ? "Change the tag" : "Make the tag";
  return (
    <Stack>
      <TextInput
        label="Name"
        required
        value={form.draft.name}
        onChange={(event) => form.change({ name: event.currentTarget.value })}
      />
      <ColorInput
        label="Colour"
        withEyeDropper={false}
        value={`#${said.color}`}
        onChange={(color) => form.change({ color: color.replace("#", "") })}
      />
      {!tag && <WorkspaceInput value={workspaceId} onChange={setWorkspaceId} />}
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      <Group justify="flex-end">
        {isReady ? (
          <Act
            request={request}
            onDone={() => {
              form.saved();
              onDone();
            }}
            done={tag ? "The tag is changed" : "The tag is made"}
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

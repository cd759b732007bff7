import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Empty } from "@/parts/Empty";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { MoreButton } from "@/parts/MoreButton";
import { allows, useMaySomewhere, useSession } from "@/session/session";

import { CheckRemote, Checked } from "./CheckRemote";
import { remotePath } from "./remotes";
import { RemoteForm } from "./RemoteForm";

type Remote = Schemas["RemoteView"];

/** The Airbytes elsewhere that Atlas drives. */
export function RemotesPanel() {
  const mayChange = useMaySomewhere("editor");
  const [isNew, setNew] = useState(false);
  const remotes = usePaged<Remote>(["remotes"], (window) =>
    answered(api.GET("/v1/remotes", { params: { query: window } })),
  );
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={760}>
          An Airbyte in its cloud or self-managed goes on moving its records; Atlas starts its jobs,
          follows and verifies them.
        </Text>
        {mayChange && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setNew(true)}>
            New remote
          </Button>
        )}
      </Group>
      {isNew && <RemoteForm onClose={() => setNew(false)} />}
      <Loaded query={remotes}>
        {() =>
          remotes.rows.length ? (
            <Remotes remotes={remotes.rows} />
          ) : (
            <Empty title="No Airbyte elsewhere is named yet">
              Its address, a client id and a secret name it; <code>AIRBYTE_API_URL</code>,{" "}
              <code>AIRBYTE_CLIENT_ID</code> and <code>AIRBYTE_CLIENT_SECRET</code> of the
              environment do so too.
            </Empty>
          )
        }
      </Loaded>
      <MoreButton more={remotes.more} />
    </Stack>
  );
}

function Remotes({ remotes }: { remotes: Remote[] }) {
  const { roles } = useSession();
  const mayChange = (remote: Remote) => allows(roles, "editor", remote.workspaceId);
  return (
    <ListTable
      label="Remotes"
      minWidth={720}
      heads={["Name", "Address", "Named by", "Since", remotes.some(mayChange) && "Check"]}
    >
      {remotes.map((remote) => (
        <Row key={remote.remoteId} remote={remote} mayChange={mayChange(remote)} />
      ))}
    </ListTable>
  );
}

function Row({ remote, mayChange }: { remote: Remote; mayChange: boolean }) {
  const [checked, setChecked] = useState<Schemas["RemoteCheckView"]>();
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor to={remotePath(remote)} fw={600} size="sm">
          {remote.name}
        </Anchor>
      </Table.Td>
      <Table.Td style={{ overflowWrap: "anywhere" }}>{remote.apiUrl}</Table.Td>
      <Table.Td>{remote.isFromEnvironment ? "the environment" : "somebody here"}</Table.Td>
      <Table.Td>
        <At at={remote.createdAt} />
      </Table.Td>
      {mayChange && (
        <Table.Td>
          <CheckRemote remote={remote} onChecked={setChecked} size="compact-sm" />
          {checked && <Checked found={checked} />}
        </Table.Td>
      )}
    </Table.Tr>
  );
}

import { Button, Group, Modal, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";

import type { Schemas } from "@/api/client";
import { type Kept, ofVersion } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { useDraft } from "@/parts/draft";
import { Overtaken } from "@/parts/Overtaken";
import { useWorkspaces, WorkspaceInput } from "@/parts/WorkspaceInput";

import { remotePath } from "./remotes";

type Remote = Schemas["RemoteView"];

const HIDDEN = "**********";

const NONE: Kept<Remote | undefined> = { value: undefined, tag: undefined };

const draftOf = (remote: Remote | undefined) => ({
  name: remote?.name ?? "",
  apiUrl: remote?.apiUrl ?? "https://api.airbyte.com/v1",
  configApiUrl: remote?.configApiUrl ?? "",
  clientId: remote?.clientId ?? "",
  secret: "",
});

/** Names an Airbyte elsewhere, or changes what is said of one. A secret that is not typed anew stays. */
export function RemoteForm({
  kept = NONE,
  onClose,
}: {
  kept?: Kept<Remote | undefined>;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const workspaces = useWorkspaces("editor");
  const [chosen, setChosen] = useState<string>();
  const remote = kept.value;
  const workspaceId = remote?.workspaceId ?? chosen ?? workspaces.data?.[0]?.workspaceId;
  const form = useDraft(kept, draftOf);
  const { draft, change: set } = form;
  const isReady =
    [draft.name, draft.apiUrl, draft.clientId].every((text) => text.trim()) &&
    (remote !== undefined || draft.secret !== "") &&
    workspaceId !== undefined;
  const said = {
    name: draft.name.trim(),
    apiUrl: draft.apiUrl.trim(),
    // null takes away the one that is there
    configApiUrl: draft.configApiUrl.trim() || null,
    clientId: draft.clientId.trim(),
  };
  const request = remote
    ? act("patch", "/v1/remotes/{remoteId}", {
        path: { remoteId: remote.remoteId },
        header: ofVersion(form.tag),
        body: { ...said, ...(draft.secret && { clientSecret: draft.secret }) },
        shown: { ...said, ...(draft.secret && { clientSecret: HIDDEN }) },
      })
    : act("post", "/v1/remotes", {
        body: { ...said, workspaceId: workspaceId ?? "", clientSecret: draft.secret },
        shown: { ...said, workspaceId: workspaceId ?? "", clientSecret: draft.secret && HIDDEN },
      });
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={remote ? `Change ${remote.name}` : "New remote"}
    >
      <Stack>
        {!remote && <WorkspaceInput value={workspaceId} onChange={setChosen} />}
        <TextInput
          label="Name"
          value={draft.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label="Address of its API"
          description="Ends with /v1 in Airbyte Cloud, else with /api/public/v1."
          value={draft.apiUrl}
          onChange={(event) => set({ apiUrl: event.currentTarget.value })}
        />
        <TextInput
          label="Address of its Config API"
          description="Only of a self-managed Airbyte where it is at no usual place."
          value={draft.configApiUrl}
          onChange={(event) => set({ configApiUrl: event.currentTarget.value })}
        />
        <TextInput
          label="Client id"
          value={draft.clientId}
          onChange={(event) => set({ clientId: event.currentTarget.value })}
        />
        <PasswordInput
          label="Client secret"
          description={
            remote ? "Empty keeps the one that is there; another address needs it anew." : undefined
          }
          autoComplete="off"
          value={draft.secret}
          onChange={(event) => set({ secret: event.currentTarget.value })}
        />
        <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Act
            disabled={!isReady}
            request={request}
            done={remote ? "It is kept" : "The remote is named; nothing was asked there yet"}
            onDone={(made) => {
              onClose();
              if (!remote) void navigate(remotePath(made));
            }}
          >
            {remote ? "Keep it" : "Name the remote"}
          </Act>
        </Group>
      </Stack>
    </Modal>
  );
}

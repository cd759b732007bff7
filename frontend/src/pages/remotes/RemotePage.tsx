import { Button, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";

import type { Schemas } from "@/api/client";
import { type Kept, ofVersion, useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { At } from "@/parts/At";
import { Empty } from "@/parts/Empty";
import { Facts } from "@/parts/Facts";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { Section } from "@/parts/Section";
import { useMay } from "@/session/session";

import { Checked, CheckRemote } from "./CheckRemote";
import { RemoteForm } from "./RemoteForm";
import { There } from "./There";

type Remote = Schemas["RemoteView"];

/** One Airbyte elsewhere, and what it has. */
export function RemotePage() {
  const { remoteId = "" } = useParams();
  const kept = useEdited(act("get", "/v1/remotes/{remoteId}", { path: { remoteId } }));
  const remote = kept.data?.value;
  const mayChange = useMay("editor", remote?.workspaceId);
  const [checked, setChecked] = useState<Schemas["RemoteCheckView"]>();
  return (
    <Page
      title={remote?.name ?? "Remote"}
      trail={[
        ["Connectors", "/connectors"],
        ["Airbyte elsewhere", "/connectors?tab=remotes"],
      ]}
      acts={kept.data && mayChange && <RemoteActs kept={kept.data} onChecked={setChecked} />}
    >
      <Loaded query={kept}>
        {({ value }) => (
          <Stack gap="lg">
            {checked && <Checked found={checked} />}
            <Facts
              facts={[
                ["Address", value.apiUrl],
                ["Config API", value.configApiUrl],
                ["Client id", value.clientId],
                ["Named by", value.isFromEnvironment ? "the environment" : "somebody here"],
                ["Since", <At key="since" at={value.createdAt} exact />],
              ]}
            />
            <Section
              title="Its connections"
              about="An imported one is moved there as before; Atlas starts its jobs, follows and verifies them."
            >
              {mayChange ? (
                <There remoteId={remoteId} />
              ) : (
                <Empty title="An editor sees what a remote has.">
                  Ask somebody who has this role.
                </Empty>
              )}
            </Section>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function RemoteActs({
  kept,
  onChecked,
}: {
  kept: Kept<Remote>;
  onChecked: (found: Schemas["RemoteCheckView"]) => void;
}) {
  const { value: remote, tag } = kept;
  const navigate = useNavigate();
  const [isEdited, setEdited] = useState(false);
  return (
    <>
      <CheckRemote remote={remote} onChecked={onChecked} />
      {!remote.isFromEnvironment && (
        <>
          <Button variant="default" onClick={() => setEdited(true)}>
            Change it
          </Button>
          <Act
            variant="light"
            color="red"
            request={act("delete", "/v1/remotes/{remoteId}", {
              path: { remoteId: remote.remoteId },
              header: ofVersion(tag),
            })}
            done="The remote is forgotten"
            onDone={() => void navigate("/connectors?tab=remotes")}
            confirm={{
              title: `Forget ${remote.name}`,
              label: "Forget it",
              danger: true,
              typeName: remote.name,
              content: (
                <Text size="sm">
                  Its secret is gone then. What it did stays in the books; nothing is changed there.
                  A remote that still moves a connection is not forgotten.
                </Text>
              ),
            }}
          >
            Forget it
          </Act>
        </>
      )}
      {isEdited && <RemoteForm kept={kept} onClose={() => setEdited(false)} />}
    </>
  );
}

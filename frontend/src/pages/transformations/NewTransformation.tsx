import { Button, Group, Stack } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";

import { actAsTyped } from "@/api/request";
import { Act } from "@/parts/Act";
import { Empty } from "@/parts/Empty";
import { Page } from "@/parts/Page";
import { useWorkspaces, WorkspaceInput } from "@/parts/WorkspaceInput";
import { useMaySomewhere } from "@/session/session";

import { creationOf, type Draft, NOTHING, problemsOf, shownOf } from "./draft";
import { TransformationFields } from "./TransformationFields";

const TRAIL: [string, string][] = [["Transformations", "/transformations"]];

export function NewTransformation() {
  const mayMake = useMaySomewhere("editor");
  const navigate = useNavigate();
  const workspaces = useWorkspaces("editor");
  const [chosen, setChosen] = useState<string>();
  const [draft, setDraft] = useState<Draft>(NOTHING);
  const problems = problemsOf(draft);
  const workspaceId = chosen ?? workspaces.data?.[0]?.workspaceId;

  if (!mayMake) {
    return (
      <Page title="New transformation" trail={TRAIL}>
        <Empty title="An editor makes transformations.">Ask somebody who has this role.</Empty>
      </Page>
    );
  }
  const isReady = Object.keys(problems).length === 0 && workspaceId !== undefined;
  const body = isReady ? creationOf(draft, workspaceId) : undefined;
  return (
    <Page
      title="New transformation"
      trail={TRAIL}
      about="A dbt project that is built when somebody asks, or after each successful job of a connection."
    >
      <Stack>
        <WorkspaceInput value={workspaceId} onChange={setChosen} />
        <TransformationFields
          draft={draft}
          change={(patch) => setDraft((before) => ({ ...before, ...patch }))}
          problems={draft === NOTHING ? {} : problems}
        />
        <Group>
          {body ? (
            <Act
              request={actAsTyped("post", "/v1/transformations", { body, shown: shownOf(body) })}
              done="The transformation is there"
              onDone={(made) => void navigate(`/transformations/${made.transformationId}`)}
            >
              Make the transformation
            </Act>
          ) : (
            <Button disabled>Make the transformation</Button>
          )}
        </Group>
      </Stack>
    </Page>
  );
}

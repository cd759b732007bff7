import { Group, Stack, Tabs, Text } from "@mantine/core";
import { useNavigate, useParams } from "react-router";

import { $api, answered, api, type Schemas } from "@/api/client";
import { type Kept, ofVersion, useEdited } from "@/api/edited";
import { usePaged } from "@/api/paging";
import { act, actAsTyped } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { useConnectionName } from "@/parts/ConnectionFilter";
import { useDraft } from "@/parts/draft";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { Overtaken } from "@/parts/Overtaken";
import { Page } from "@/parts/Page";
import { Section } from "@/parts/Section";
import { Status } from "@/parts/Status";
import { useMay } from "@/session/session";

import { changeOf, draftOf, problemsOf, shownOf, type Written, writtenIn } from "./draft";
import { runPath } from "./results";
import { RunNow } from "./RunNow";
import { RunTable } from "./RunTable";
import { TransformationFields } from "./TransformationFields";

type Transformation = Schemas["TransformationView"];

/** One transformation: its runs, and what is said of it. */
export function TransformationPage() {
  const { transformationId = "", tab = "runs" } = useParams();
  const navigate = useNavigate();
  const query = $api.useQuery("get", "/v1/transformations/{transformationId}", {
    params: { path: { transformationId } },
  });
  const found = query.data;
  const mayRun = useMay("operator", found?.workspaceId);
  return (
    <Page
      title={found?.name ?? "Transformation"}
      trail={[["Transformations", "/transformations"]]}
      mark={
        found && (
          <Status
            value={found.status}
            label={found.status === "inactive" ? "paused" : found.status}
          />
        )
      }
      about={found && <About transformation={found} />}
      acts={
        found &&
        mayRun &&
        found.status === "active" && (
          <RunNow transformation={found} onDone={(run) => void navigate(runPath(run))} />
        )
      }
    >
      <Loaded query={query} lines={8}>
        {(shown) => (
          <Tabs
            value={tab}
            onChange={(to) => void navigate(`/transformations/${transformationId}/${to ?? "runs"}`)}
            keepMounted={false}
          >
            <Tabs.List mb="lg">
              <Tabs.Tab value="runs">Runs</Tabs.Tab>
              <Tabs.Tab value="settings">Settings</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="runs">
              <Runs transformationId={transformationId} />
            </Tabs.Panel>
            <Tabs.Panel value="settings">
              <Settings transformation={shown} />
            </Tabs.Panel>
          </Tabs>
        )}
      </Loaded>
    </Page>
  );
}

function About({ transformation }: { transformation: Transformation }) {
  const nameOf = useConnectionName();
  const { project, afterConnectionId } = transformation;
  return (
    <>
      The project {project}, built{" "}
      {afterConnectionId ? (
        <>
          after each successful job of{" "}
          <Anchor to={`/connections/${afterConnectionId}`} size="sm">
            {nameOf(afterConnectionId) ?? "a connection"}
          </Anchor>
          .
        </>
      ) : (
        "when somebody asks."
      )}
    </>
  );
}

function Runs({ transformationId }: { transformationId: string }) {
  const runs = usePaged<Schemas["TransformationRunView"]>(
    ["transformation runs", transformationId],
    (window) =>
      answered(
        api.GET("/v1/transformation-runs", {
          params: { query: { transformationId, ...window } },
        }),
      ),
    { refetchInterval: 3_000 },
  );
  return (
    <Loaded query={runs}>
      {() =>
        runs.rows.length ? (
          <RunTable runs={runs.rows} more={runs.more} />
        ) : (
          <Empty title="No run yet">Run now lets a worker build it.</Empty>
        )
      }
    </Loaded>
  );
}

function Settings({ transformation }: { transformation: Transformation }) {
  const mayChange = useMay("editor", transformation.workspaceId);
  const { transformationId } = transformation;
  const kept = useEdited(
    act("get", "/v1/transformations/{transformationId}", { path: { transformationId } }),
    writtenIn,
  );
  return (
    <Stack gap="xl">
      <Section title="What is built, and how">
        <Loaded query={kept} lines={8}>
          {(found) => <Fields kept={found} mayChange={mayChange} />}
        </Loaded>
      </Section>
      {mayChange && (
        <Section title="Pause and delete">
          <Ending transformation={transformation} />
        </Section>
      )}
    </Stack>
  );
}

function Fields({ kept, mayChange }: { kept: Kept<Written>; mayChange: boolean }) {
  const form = useDraft(kept, draftOf);
  const problems = problemsOf(form.draft);
  const isReady = Object.keys(problems).length === 0;
  const body = isReady ? changeOf(form.draft, kept.value) : {};
  return (
    <>
      <TransformationFields
        draft={form.draft}
        change={form.change}
        problems={problems}
        disabled={!mayChange}
      />
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      {mayChange && (
        <Group>
          <Act
            disabled={!form.isDirty || !isReady}
            request={actAsTyped("patch", "/v1/transformations/{transformationId}", {
              path: { transformationId: kept.value.transformationId },
              header: ofVersion(form.tag),
              body,
              shown: shownOf(body),
            })}
            done="It holds for the runs that begin from now on"
            onDone={form.saved}
          >
            Keep these settings
          </Act>
        </Group>
      )}
    </>
  );
}

function Ending({ transformation }: { transformation: Transformation }) {
  const navigate = useNavigate();
  const path = { transformationId: transformation.transformationId };
  const isPaused = transformation.status === "inactive";
  return (
    <Group>
      <Act
        variant="default"
        request={act("patch", "/v1/transformations/{transformationId}", {
          path,
          body: { status: isPaused ? "active" : "inactive" },
        })}
        done={isPaused ? "The transformation goes on" : "The transformation is paused"}
      >
        {isPaused ? "Take it up again" : "Pause it"}
      </Act>
      <Act
        variant="light"
        color="red"
        request={act("delete", "/v1/transformations/{transformationId}", { path })}
        done="The transformation is deleted; its tables stay"
        onDone={() => void navigate("/transformations")}
        confirm={{
          title: `Delete ${transformation.name}`,
          label: "Delete it",
          danger: true,
          typeName: transformation.name,
          content: (
            <Text size="sm">
              Nothing is built by it any more, and a run that is not over is cancelled. Its tables
              stay, and so do the results of its runs.
            </Text>
          ),
        }}
      >
        Delete it
      </Act>
    </Group>
  );
}

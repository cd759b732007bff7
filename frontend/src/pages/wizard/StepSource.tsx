import { Alert, Button, Group, Select, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";

import { $api, answered, api, type Schemas } from "@/api/client";
import { allOf } from "@/api/all";
import { Installation } from "@/pages/connectors/Installation";
import { RunsHere } from "@/pages/connectors/Runs";
import { isReady } from "@/pages/connectors/ways";
import { AsRequest } from "@/parts/AsRequest";
import { Empty } from "@/parts/Empty";
import { Facts } from "@/parts/Facts";
import { Loaded } from "@/parts/Loaded";
import { ProblemAlert } from "@/parts/ProblemAlert";

import type { StepProps } from "./NewConnection";
import { StepButtons } from "./StepButtons";
import { useSource } from "./useSource";

// what waits for it waits as a whole: a button that submits a form does nothing before the form is there
const SpecForm = lazy(() => import("@/parts/spec/SpecForm"));
const FORM = "source-configuration";

/** What the connector is told, tried by itself; and the source that this makes. */
export function StepSource(props: StepProps) {
  const { entered, onBack, onNext } = props;
  if (entered.source && !entered.isOwnSource) {
    return (
      <Stack>
        <Facts
          facts={[
            ["Source", entered.source.name],
            ["Connector", entered.connector],
          ]}
        />
        <Text size="sm" c="dimmed">
          It stays as it is; its configuration is changed in the settings of its connections.
        </Text>
        <StepButtons onBack={onBack} onNext={onNext} />
      </Stack>
    );
  }
  return <NewSource {...props} />;
}

function NewSource(props: StepProps) {
  const name = props.entered.connector;
  const query = $api.useQuery(
    "get",
    "/v1/connectors/{name}",
    { params: { path: { name: name ?? "" } } },
    { enabled: Boolean(name) },
  );
  if (!name) {
    return (
      <>
        <Empty title="No connector is chosen." />
        <StepButtons onBack={props.onBack} />
      </>
    );
  }
  return (
    <Loaded query={query} lines={8}>
      {(connector) => (
        <Stack maw={760}>
          <Group>
            <Text fw={600}>{connector.title}</Text>
            <RunsHere connector={connector} />
          </Group>
          {connector.runs.reason && (
            <Alert color={connector.runs.isRunnable ? "yellow" : "red"}>
              {connector.runs.reason}
            </Alert>
          )}
          {!isReady(connector) && (
            <>
              {connector.runs.isRunnable && (
                <Text size="sm">It is to be installed first; that may take some minutes.</Text>
              )}
              <Installation connector={connector} />
              <StepButtons onBack={props.onBack} />
            </>
          )}
          {isReady(connector) && (
            <Suspense fallback={<Skeleton height={320} />}>
              <Configure {...props} connector={connector} />
            </Suspense>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

function Configure({
  entered,
  enter,
  onBack,
  onNext,
  connector,
}: StepProps & { connector: Schemas["ConnectorDetail"] }) {
  const specification = connector.specification ?? { type: "object" };
  const source = useSource(entered, specification);
  const workspaces = useWorkspaces((first) => {
    if (!entered.workspaceId) enter({ workspaceId: first });
  });
  const { check, keep } = source;
  const { verdict } = check;
  const keepAndGo = () => {
    if (!source.require()) return;
    keep.mutate(undefined, {
      onSuccess: (made) => {
        enter({ source: made, isOwnSource: true, choices: undefined });
        onNext();
      },
    });
  };
  const isNamed = Boolean(entered.sourceName.trim());
  return (
    <>
      <TextInput
        label="Name of the source"
        description="Its tables begin with it."
        required
        value={entered.sourceName}
        onChange={(event) => enter({ sourceName: event.currentTarget.value })}
      />
      {(workspaces.data?.length ?? 0) > 1 && (
        <Select
          label="Workspace"
          allowDeselect={false}
          data={(workspaces.data ?? []).map((one) => ({ value: one.workspaceId, label: one.name }))}
          value={entered.workspaceId ?? null}
          disabled={entered.isOwnSource}
          onChange={(workspaceId) => workspaceId && enter({ workspaceId })}
        />
      )}
      <ProblemAlert problem={workspaces.error} />
      <Text size="sm" c="dimmed">
        Secrets are sealed when the source is kept, and never shown again. Instead of a secret a
        place can be named where Atlas finds it: a variable, a file, or Vault.
      </Text>
      <SpecForm
        id={FORM}
        specification={specification}
        value={entered.configuration}
        wrongs={source.wrongs}
        onChange={(configuration) => enter({ configuration })}
        onSubmit={() => source.require() && check.begin()}
      />
      {verdict && (
        <Alert
          role="status"
          color={verdict.status === "succeeded" ? "teal" : "red"}
          title={
            verdict.status === "succeeded"
              ? "The connector could connect"
              : "The connector could not connect"
          }
        >
          {verdict.message || "It says no more."}
          <Text size="xs" c="dimmed">
            {entered.connector} {verdict.version}
            {verdict.mode === "mock" && ", the mock in its place"}
          </Text>
        </Alert>
      )}
      <ProblemAlert problem={check.error ?? keep.error} />
      {!source.canCheck && (
        <Text size="sm" c="dimmed">
          What is sealed, or named by a place, is looked up only for a source that is kept: its
          streams are the check.
        </Text>
      )}
      <StepButtons onBack={onBack}>
        <Button
          type="submit"
          form={FORM}
          variant="default"
          loading={check.isPending}
          disabled={!source.canCheck}
        >
          Check it
        </Button>
        <Button
          loading={keep.isPending}
          disabled={!isNamed || !entered.workspaceId}
          onClick={keepAndGo}
        >
          Keep the source and find its streams
        </Button>
        <AsRequest request={source.request} />
      </StepButtons>
    </>
  );
}

function useWorkspaces(onFirst: (id: string) => void) {
  return useQuery({
    queryKey: ["workspaces", "all"],
    queryFn: async () => {
      const all = await allOf<Schemas["WorkspaceView"]>((window) =>
        answered(api.GET("/v1/workspaces", { params: { query: window } })),
      );
      if (all[0]) onFirst(all[0].workspaceId);
      return all;
    },
  });
}

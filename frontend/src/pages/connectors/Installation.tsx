import { Alert, Code, Group, ScrollArea, Stack, Text, Timeline } from "@mantine/core";
import { useEffect, useRef } from "react";

import { $api, queries } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { At } from "@/parts/At";
import { Status } from "@/parts/Status";
import { useMaySomewhere } from "@/session/session";

import type { Connector } from "./ways";

const STEPS: Record<string, string> = {
  environment: "Making an environment of its own",
  packages: "Installing its packages",
  verifying: "Asking it for its specification",
};

const isUnderWay = (status: string | undefined) => status === "pending" || status === "running";

/** Installing a connector: the act, and how far it is. */
export function Installation({ connector }: { connector: Connector }) {
  const mayInstall = useMaySomewhere("editor");
  const { name, runs } = connector;
  const { data } = $api.useQuery(
    "get",
    "/v1/connectors/{name}/installation",
    { params: { path: { name } } },
    {
      enabled: Boolean(connector.installation),
      initialData: connector.installation ?? undefined,
      refetchInterval: (query) => (isUnderWay(query.state.data?.status) ? 1_500 : false),
    },
  );
  const wish = data ?? connector.installation;
  useRefreshAtEnd(wish?.status);

  return (
    <Stack gap="sm">
      {!connector.installed && !isUnderWay(wish?.status) && runs.by === "python" && (
        <Group>
          {mayInstall && runs.isRunnable && (
            <Act
              request={act("post", "/v1/connectors/{name}/installation", { path: { name } })}
              done={`A worker installs ${connector.title}`}
            >
              {wish?.status === "failed" ? "Try it again" : `Install ${runs.version ?? ""}`}
            </Act>
          )}
          {!mayInstall && runs.isRunnable && (
            <Text size="sm" c="dimmed">
              An editor may install it.
            </Text>
          )}
        </Group>
      )}
      {wish && <Progress wish={wish} />}
    </Stack>
  );
}

function Progress({ wish }: { wish: NonNullable<Connector["installation"]> }) {
  return (
    <Stack gap="xs" aria-live="polite">
      <Group gap="xs">
        <Status value={wish.status} label={`installation ${wish.status}`} />
        <Text size="sm" c="dimmed">
          {wish.package} {wish.version}, asked for by {wish.askedBy} <At at={wish.askedAt} />
          {wish.host && `, on ${wish.host}`}
          {wish.python && ` for Python ${wish.python}`}
        </Text>
      </Group>
      {wish.status === "pending" && <Text size="sm">It begins when a worker is free.</Text>}
      {wish.steps.length > 0 && (
        <Timeline active={wish.steps.length} bulletSize={14} lineWidth={2}>
          {wish.steps.map((step) => (
            <Timeline.Item key={step.name + step.at} title={STEPS[step.name] ?? step.name}>
              <Text size="xs" c="dimmed">
                <At at={step.at} exact />
              </Text>
            </Timeline.Item>
          ))}
        </Timeline>
      )}
      {wish.failure && (
        <Alert color="red" title={wish.failure.title} role="alert">
          {wish.failure.detail}
        </Alert>
      )}
      {wish.output.length > 0 && (
        <ScrollArea.Autosize
          mah={240}
          viewportProps={{ tabIndex: 0, "aria-label": "The installer's last lines" }}
        >
          <Code block>{wish.output.join("\n")}</Code>
        </ScrollArea.Autosize>
      )}
    </Stack>
  );
}

/** Once it is over, everything that shows connectors looks again. */
function useRefreshAtEnd(status: string | undefined): void {
  const before = useRef(status);
  useEffect(() => {
    const ended = isUnderWay(before.current) && !isUnderWay(status);
    before.current = status;
    if (ended) {
      void queries.invalidateQueries({ queryKey: ["connectors"] });
      void queries.invalidateQueries({ queryKey: ["get", "/v1/connectors/{name}"] });
    }
  }, [status]);
}

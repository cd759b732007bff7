import { Accordion, Alert, Anchor, Button, Code, Drawer, Stack, Text } from "@mantine/core";
import { Link } from "react-router";

import { $api } from "@/api/client";
import { Empty } from "@/parts/Empty";
import { Facts } from "@/parts/Facts";
import { RawJson } from "@/parts/RawJson";
import { Loaded } from "@/parts/Loaded";
import { spoken } from "@/parts/words";
import { useMaySomewhere } from "@/session/session";

import { Installation } from "./Installation";
import { RunsHere } from "./Runs";
import { isReady, WAYS } from "./ways";

const SAID_BY = {
  connector: "the installed connector itself",
  mock: "the mock that stands in for it",
  catalogue: "the catalogue",
};

/** One connector: how it runs here, what it is, and what it wants to be told. */
export function ConnectorDrawer({
  name,
  onClose,
}: {
  name: string | undefined;
  onClose: () => void;
}) {
  return (
    <Drawer
      opened={Boolean(name)}
      onClose={onClose}
      position="right"
      size="lg"
      title={name}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {name && <Content name={name} />}
    </Drawer>
  );
}

function Content({ name }: { name: string }) {
  const mayConnect = useMaySomewhere("editor");
  const query = $api.useQuery("get", "/v1/connectors/{name}", { params: { path: { name } } });
  return (
    <Loaded query={query} lines={10}>
      {(connector) => (
        <Stack>
          <RunsHere connector={connector} />
          {connector.runs.reason && (
            <Alert
              color={connector.runs.isRunnable ? "yellow" : "gray"}
              title={
                connector.runs.isRunnable
                  ? "Its records are not real here"
                  : "It cannot be run here"
              }
            >
              {connector.runs.reason}
            </Alert>
          )}
          {mayConnect && connector.runs.isRunnable && (
            <Button
              component={Link}
              to={`/connections/new?connector=${encodeURIComponent(name)}`}
              variant={isReady(connector) ? "filled" : "light"}
              w="fit-content"
            >
              New connection from it
            </Button>
          )}
          <Installation connector={connector} />
          <Facts
            facts={[
              ["Title", connector.title],
              ["Runs as", WAYS[connector.runs.by]],
              ["Package", connector.runs.package],
              ["Version", connector.installed?.version ?? connector.runs.version],
              ["Python", connector.installed?.python ?? connector.runs.python],
              ["Docker image", connector.dockerImage && <Code>{connector.dockerImage}</Code>],
              ["Kind", connector.kind],
              ["Language", connector.language],
              ["Support", connector.supportLevel && spoken(connector.supportLevel)],
              ["Release", connector.releaseStage && spoken(connector.releaseStage)],
              ["Licence", connector.license],
              ["Speaks to", connector.allowedHosts?.join(", ")],
              [
                "Documentation",
                connector.documentationUrl && (
                  <Anchor href={connector.documentationUrl} target="_blank" rel="noreferrer">
                    {connector.documentationUrl}
                  </Anchor>
                ),
              ],
              [
                "Installed files",
                connector.installed && <Code>sha256 {connector.installed.sha256}</Code>,
              ],
            ]}
          />
          {connector.specification && connector.specFrom ? (
            <Accordion variant="contained">
              <Accordion.Item value="spec">
                <Accordion.Control>
                  Specification, by {SAID_BY[connector.specFrom]}
                </Accordion.Control>
                <Accordion.Panel>
                  <RawJson text={JSON.stringify(connector.specification)} label="Specification" />
                </Accordion.Panel>
              </Accordion.Item>
            </Accordion>
          ) : (
            <Empty title="No specification is known.">
              <Text size="sm">The catalogue has none of it; installed, it says its own.</Text>
            </Empty>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

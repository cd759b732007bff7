import { List, Stack, Table, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Empty } from "@/parts/Empty";
import { Facts } from "@/parts/Facts";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { Section } from "@/parts/Section";
import { Status } from "@/parts/Status";
import { count } from "@/parts/words";
import { useMay } from "@/session/session";

import { MoveEngine } from "./MoveEngine";
import { TermsForm } from "./TermsForm";

type Link = Schemas["ConnectionRemoteView"];

/** The connection at a remote that this one stands for: who moves it, what a success must show, its last runs. */
export function RemoteTab({ connection }: { connection: Schemas["ConnectionView"] }) {
  const { connectionId } = connection;
  const kept = useEdited(
    act("get", "/v1/connections/{connectionId}/remote", { path: { connectionId } }),
  );
  const mayChange = useMay("editor", connection.workspaceId);
  return (
    <Loaded query={kept} lines={8}>
      {(found) => (
        <Stack gap="xl">
          <Section
            title={found.value.engine === "local" ? "Moved by Atlas now" : "Moved elsewhere"}
          >
            <About link={found.value} />
          </Section>
          <Section
            title="What a success must show"
            about="It holds for the jobs that begin from now on, while the remote moves the records."
          >
            <TermsForm connectionId={connectionId} kept={found} mayChange={mayChange} />
          </Section>
          <Section title="Its last runs there">
            <Runs runs={found.value.runs} />
          </Section>
          {mayChange && (
            <Section
              title="Who moves it"
              about="It can be moved in the middle of what it has read: its state comes along, and nothing is changed there."
            >
              <MoveEngine connection={connection} engine={found.value.engine} />
            </Section>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

function About({ link }: { link: Link }) {
  const { facts } = link;
  return (
    <Facts
      facts={[
        [
          "Remote",
          <Anchor key="remote" to={`/connectors/remotes/${link.remoteId}`} size="sm">
            its page
          </Anchor>,
        ],
        ["Connection there", <code key="id">{link.remoteConnectionId}</code>],
        ["From", `${facts.source} (${facts.sourceType})`],
        ["To", `${facts.destination} (${facts.destinationType})`],
        ["Schedule there, when it was imported", facts.schedule],
        ["What the remote did not give", facts.missing.join(", ")],
      ]}
    />
  );
}

function Runs({ runs }: { runs: Schemas["RemoteRunView"][] }) {
  if (runs.length === 0) return <Empty title="The remote has done none of its jobs yet" />;
  return (
    <ListTable
      label="Runs there"
      minWidth={720}
      maxHeight={420}
      heads={["Job", "There", "Status there", { text: "Rows", ta: "right" }, "Began", "Verified"]}
    >
      {runs.map((run, place) => (
        <Table.Tr key={place}>
          <Table.Td>
            <Anchor to={`/jobs/${run.atlasJobId}`}>{run.atlasJobId}</Anchor>
          </Table.Td>
          <Table.Td>{run.jobId ?? "not known"}</Table.Td>
          <Table.Td>{run.status ? <Status value={run.status} /> : "–"}</Table.Td>
          <Table.Td ta="right">
            {run.rows === undefined ? "not reported" : count(run.rows)}
          </Table.Td>
          <Table.Td>
            <At at={run.startedAt} />
          </Table.Td>
          <Table.Td>
            {run.verification ? <Status value={run.verification} /> : "–"}
            {run.reasons.length > 0 && (
              <List size="xs" c="dimmed">
                {run.reasons.map((reason) => (
                  <List.Item key={reason}>
                    <Text size="xs">{reason}</Text>
                  </List.Item>
                ))}
              </List>
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

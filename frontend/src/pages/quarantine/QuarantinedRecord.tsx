import { Group, Stack, Table, Text, Title } from "@mantine/core";
import { useParams } from "react-router";

import { $api, type Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { useConnectionName } from "@/parts/ConnectionFilter";
import { datasetPath, datasetTitle } from "@/parts/datasets";
import { Facts } from "@/parts/Facts";
import { useFilters } from "@/parts/filters";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { Status } from "@/parts/Status";
import { count, size } from "@/parts/words";

import { MEANING } from "./counts";
import { RecordActs } from "./RecordActs";
import { RecordLook } from "./RecordLook";
import { ReplayProgress } from "./ReplayProgress";

export function QuarantinedRecord() {
  const { recordId = "" } = useParams();
  const [{ replay }, setFilter] = useFilters("replay");
  const found = $api.useQuery("get", "/v1/quarantine/{recordId}", {
    params: { path: { recordId } },
  });
  return (
    <Page
      title={recordId}
      trail={[["Quarantine", "/quarantine"]]}
      mark={found.data && <Status value={found.data.status} />}
      about={found.data && `This record ${MEANING[found.data.status]}.`}
    >
      {replay && (
        <ReplayProgress jobId={Number(replay)} onClose={() => setFilter("replay", null)} />
      )}
      <Loaded query={found} lines={8}>
        {(record) => (
          <Stack gap="xl">
            <About record={record} />
            <RecordLook key={`look ${recordId}`} record={record} />
            <RecordActs
              key={`acts ${recordId}`}
              record={record}
              onReplay={(jobId) => setFilter("replay", String(jobId))}
            />
            <Decisions decisions={record.decisions} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function About({ record }: { record: Schemas["RecordDetail"] }) {
  const nameOf = useConnectionName();
  return (
    <Facts
      facts={[
        ["Reason", record.reason],
        ["Rules", record.rules.join(", ")],
        ["Kept out of", record.boundary],
        [
          "Stream",
          <Anchor key="stream" size="sm" to={datasetPath(record)}>
            {datasetTitle(record)}
          </Anchor>,
        ],
        [
          "Connection",
          <Anchor key="connection" size="sm" to={`/connections/${record.connectionId}`}>
            {nameOf(record.connectionId) ?? record.connectionId}
          </Anchor>,
        ],
        [
          "Place",
          `batch ${record.batchId}${record.seq === undefined ? "" : `, record ${record.seq}`}`,
        ],
        ["Sent just so", `${count(record.times)} ${record.times === 1 ? "time" : "times"}`],
        ["First seen", <At key="first" at={record.firstSeenAt} />],
        ["Last seen", <At key="last" at={record.lastSeenAt} />],
        ["Size", size(record.sizeBytes)],
      ]}
    />
  );
}

function Decisions({ decisions }: { decisions: Schemas["DecisionView"][] }) {
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        What was decided of it
      </Title>
      {decisions.length === 0 ? (
        <Text size="sm">Nothing yet.</Text>
      ) : (
        <ListTable
          label="Decisions"
          minWidth={480}
          heads={["Decision", "By", "When", "Job", "Note"]}
          withTableBorder
        >
          {decisions.map((decision) => (
            <Table.Tr key={`${decision.decidedAt} ${decision.decision}`}>
              <Table.Td>
                <Group gap={4}>
                  <Status value={decision.decision} />
                </Group>
              </Table.Td>
              <Table.Td>{decision.decidedBy}</Table.Td>
              <Table.Td>
                <At at={decision.decidedAt} />
              </Table.Td>
              <Table.Td>
                {decision.jobId === undefined ? (
                  "–"
                ) : (
                  <Anchor size="sm" to={`/jobs/${decision.jobId}`}>
                    {decision.jobId}
                  </Anchor>
                )}
              </Table.Td>
              <Table.Td>{decision.note ?? "–"}</Table.Td>
            </Table.Tr>
          ))}
        </ListTable>
      )}
    </Stack>
  );
}

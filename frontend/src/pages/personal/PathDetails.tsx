import { Divider, List, Stack, Table, Text, Title } from "@mantine/core";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { datasetPath, datasetTitle } from "@/parts/datasets";
import { Decision, isMask } from "@/parts/Decision";
import { Facts } from "@/parts/Facts";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { useMayOn } from "@/parts/useMayOn";

import { Decide } from "./Decide";
import { evidenceSaid, type Listed } from "./decisions";

/** One path: what it holds and why, another word on it, and all that was ever decided. */
export function PathDetails({ row }: { row: Listed }) {
  const { decision } = row;
  const mayDecide = useMayOn("admin", row.connectionId);
  return (
    <Stack>
      <Decision decision={{ ...decision, isMasked: isMask(decision.action) }} />
      <Facts
        cols={{ base: 1, xs: 2 }}
        facts={[
          [
            "Dataset",
            <Anchor key="dataset" size="sm" to={datasetPath(row)}>
              {datasetTitle(row)}
            </Anchor>,
          ],
          ["Column of chart", row.column ?? "none of its own: it lies in another"],
          ["Type", row.type],
          ["Decided by", decision.actor ?? (decision.decidedBy === "atlas" ? "Atlas" : "a person")],
          ["Decided", decision.decidedAt && <At at={decision.decidedAt} exact />],
          ["Reason", decision.reason],
          ["Detector", decision.evidence.detector],
        ]}
      />
      <Title order={3} size="h5">
        Evidence
      </Title>
      <List size="sm">
        {evidenceSaid(decision.evidence, decision.entity).map((sentence) => (
          <List.Item key={sentence}>{sentence}</List.Item>
        ))}
      </List>
      <Divider />
      <Title order={3} size="h5">
        Decide
      </Title>
      {mayDecide ? (
        <Decide row={row} />
      ) : (
        <Text size="sm">An admin decides. Whoever decides outweighs Atlas for good.</Text>
      )}
      <Divider />
      <Title order={3} size="h5">
        All that was decided of it
      </Title>
      <History row={row} />
    </Stack>
  );
}

function History({ row }: { row: Listed }) {
  const { connectionId, stream, namespace } = row;
  const path = row.decision.path;
  const found = usePaged(
    ["personal data", "history", connectionId, stream, namespace, path],
    (window) =>
      answered(
        api.GET("/v1/personal-data/{connectionId}/{stream}/history", {
          params: {
            path: { connectionId, stream },
            query: { path, ...(namespace ? { namespace } : {}), ...window },
          },
        }),
      ),
  );
  return (
    <Loaded query={found} lines={3}>
      {() => (
        <ListTable
          label="Decisions"
          minWidth={420}
          heads={["When", "What", "By", "Reason"]}
          fz="sm"
        >
          {found.rows.map((decision: Schemas["PathDecisionView"]) => (
            <Table.Tr key={decision.decisionId}>
              <Table.Td>
                <At at={decision.decidedAt} />
              </Table.Td>
              <Table.Td>
                <Decision decision={{ ...decision, isMasked: isMask(decision.action) }} brief />
              </Table.Td>
              <Table.Td>{decision.actor ?? "Atlas"}</Table.Td>
              <Table.Td>{decision.reason ?? "–"}</Table.Td>
            </Table.Tr>
          ))}
        </ListTable>
      )}
    </Loaded>
  );
}

import { Badge, Table, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Scrolled } from "@/parts/Scrolled";
import { listPath } from "@/parts/datasets";

/** The batches that a row's records came in: by which job, attempt and connector. */
export function Batches({ batches }: { batches: Schemas["BatchView"][] }) {
  if (batches.length === 0) return <Text size="sm">No batch of it is in the books.</Text>;
  return (
    <Scrolled label="Batches" minWidth={720}>
      <Table withTableBorder>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Batch</Table.Th>
            <Table.Th>Read</Table.Th>
            <Table.Th>Landed</Table.Th>
            <Table.Th>Job</Table.Th>
            <Table.Th>Connector</Table.Th>
            <Table.Th>Promotion</Table.Th>
            <Table.Th>In explore</Table.Th>
            <Table.Th>Lineage</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {batches.map((batch) => (
            <Table.Tr key={batch.batchId}>
              <Table.Td>{batch.batchId}</Table.Td>
              <Table.Td>
                <At at={batch.extractedAt} />
              </Table.Td>
              <Table.Td>
                <At at={batch.landedAt} />
              </Table.Td>
              <Table.Td>
                <Anchor to={`/jobs/${batch.jobId}`} size="sm">
                  {batch.jobId}
                </Anchor>
                , attempt {batch.attempt}
              </Table.Td>
              <Table.Td>
                {[batch.connector, batch.connectorVersion].filter(Boolean).join(" ") || "not noted"}{" "}
                {batch.mode === "mock" && (
                  <Badge color="yellow" tt="none">
                    mock
                  </Badge>
                )}
              </Table.Td>
              <Table.Td>{batch.promotionId ?? "not published"}</Table.Td>
              <Table.Td>
                {batch.removedFromExploreAt ? (
                  <>
                    taken out <At at={batch.removedFromExploreAt} />
                  </>
                ) : (
                  "yes"
                )}
              </Table.Td>
              <Table.Td>
                <Anchor to={listPath("/lineage", { view: "events", runId: batch.runId })} size="sm">
                  run
                </Anchor>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scrolled>
  );
}

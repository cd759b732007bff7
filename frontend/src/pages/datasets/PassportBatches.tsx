import { Badge, Table, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { listPath } from "@/parts/datasets";
import { ListTable } from "@/parts/ListTable";

/** The batches that a row's records came in: by which job, attempt and connector. */
export function Batches({ batches }: { batches: Schemas["BatchView"][] }) {
  if (batches.length === 0) return <Text size="sm">No batch of it is in the books.</Text>;
  return (
    <ListTable
      label="Batches"
      minWidth={720}
      heads={["Batch", "Read", "Landed", "Job", "Connector", "Promotion", "In explore", "Lineage"]}
      withTableBorder
    >
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
    </ListTable>
  );
}

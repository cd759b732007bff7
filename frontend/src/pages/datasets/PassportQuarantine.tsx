import { Stack, Table, Text } from "@mantine/core";

import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { listPath } from "@/parts/datasets";
import { ListTable } from "@/parts/ListTable";
import { Status } from "@/parts/Status";

import type { PassportProps } from "./Passport";

/** Which records of a key were kept out of chart, and which were mended on their way. */
export function QuarantineOfRow({ dataset, passport }: PassportProps) {
  const { records, mended, hasUnkeyed } = passport.quarantine;
  const { connectionId, stream, namespace } = dataset;
  return (
    <Stack gap="xs">
      {records.length === 0 && mended.length === 0 && (
        <Text size="sm">No record of this key was kept out or mended.</Text>
      )}
      {records.length > 0 && (
        <ListTable
          label="Quarantined records of this row"
          minWidth={560}
          heads={["Record", "Rules", "Reason", "Status", "Seen"]}
          withTableBorder
        >
          {records.map((record) => (
            <Table.Tr key={record.recordId}>
              <Table.Td>
                <Anchor to={`/quarantine/${record.recordId}`} size="sm">
                  {record.recordId}
                </Anchor>
              </Table.Td>
              <Table.Td>{record.rules.join(", ")}</Table.Td>
              <Table.Td>{record.reason}</Table.Td>
              <Table.Td>
                <Status value={record.status} />
              </Table.Td>
              <Table.Td>
                <At at={record.seenAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </ListTable>
      )}
      {mended.map((one) => (
        <Text size="sm" key={`${one.batchId} ${one.seq} ${one.rule}`}>
          Record {one.seq} of batch {one.batchId} was mended: {one.reason} ({one.rule})
        </Text>
      ))}
      {hasUnkeyed && (
        <Text size="sm" c="dimmed">
          Quarantine also has records of this stream that no key leads to; one of them may be of
          this row.{" "}
          <Anchor to={listPath("/quarantine", { connectionId, stream, namespace })}>
            All of its records
          </Anchor>
        </Text>
      )}
    </Stack>
  );
}

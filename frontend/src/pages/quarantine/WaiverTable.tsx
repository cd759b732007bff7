import { Table } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { At } from "@/parts/At";
import { datasetTitle } from "@/parts/datasets";
import { ListTable } from "@/parts/ListTable";

interface Props {
  connectionId: string;
  waivers: Schemas["WaiverView"][];
  mayChange: boolean;
}

/** The rules that a connection's rows need not keep, and since when. */
export function WaiverTable({ connectionId, waivers, mayChange }: Props) {
  return (
    <ListTable
      label="Waived rules"
      minWidth={560}
      heads={["Stream", "Rule", "Waived by", "When", mayChange && "Act"]}
    >
      {waivers.map((waiver) => (
        <Table.Tr key={`${waiver.namespace} ${waiver.stream} ${waiver.rule}`}>
          <Table.Td>{datasetTitle(waiver)}</Table.Td>
          <Table.Td>
            <code>{waiver.rule}</code>
          </Table.Td>
          <Table.Td>{waiver.waivedBy}</Table.Td>
          <Table.Td>
            <At at={waiver.waivedAt} />
          </Table.Td>
          {mayChange && (
            <Table.Td>
              <Act
                size="compact-sm"
                variant="default"
                request={act("delete", "/v1/connections/{connectionId}/waivers", {
                  path: { connectionId },
                  query: {
                    stream: waiver.stream,
                    namespace: waiver.namespace,
                    rule: waiver.rule,
                  },
                })}
                done={`${waiver.rule} holds again; rows that came in without it stay.`}
              >
                Let it hold again
              </Act>
            </Table.Td>
          )}
        </Table.Tr>
      ))}
    </ListTable>
  );
}

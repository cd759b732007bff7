import { Table, Text } from "@mantine/core";

import { Anchor } from "@/parts/Anchor";
import { listPath } from "@/parts/datasets";
import { ListTable } from "@/parts/ListTable";
import { count, spoken } from "@/parts/words";

import { linesOf, MEANING, type RuleCount, STATUSES } from "./counts";

/** Rules by status; each number leads to its records. */
export function RuleTable({
  label,
  counts,
  filters,
}: {
  label: string;
  counts: RuleCount[];
  filters: Record<string, string | null | undefined>;
}) {
  const lines = linesOf(counts);
  return (
    <ListTable
      label={label}
      minWidth={620}
      maxHeight={340}
      heads={[
        "Rule",
        "Kept out of",
        ...STATUSES.map((status) => ({ text: spoken(status), title: MEANING[status] })),
      ]}
      withTableBorder
      stickyHeader
      fz="sm"
    >
      {lines.map((line) => (
        <Table.Tr key={`${line.boundary} ${line.rule}`}>
          <Table.Td>
            <Anchor
              size="sm"
              to={listPath("/quarantine", {
                ...filters,
                rule: line.rule,
                boundary: line.boundary,
                status: undefined,
              })}
            >
              {line.rule}
            </Anchor>
          </Table.Td>
          <Table.Td>{line.boundary}</Table.Td>
          {STATUSES.map((status) => {
            const records = line.counts[status];
            return (
              <Table.Td key={status}>
                {records === undefined ? (
                  <Text span size="sm" c="dimmed">
                    0
                  </Text>
                ) : (
                  <Anchor
                    size="sm"
                    to={listPath("/quarantine", {
                      ...filters,
                      rule: line.rule,
                      boundary: line.boundary,
                      status,
                    })}
                  >
                    {count(records)}
                  </Anchor>
                )}
              </Table.Td>
            );
          })}
        </Table.Tr>
      ))}
    </ListTable>
  );
}

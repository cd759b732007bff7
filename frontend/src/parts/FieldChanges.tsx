import { Table, Text } from "@mantine/core";

import { changesOf } from "./changes";
import { MaskSign, ValueText } from "./ValuesTable";
import { ListTable } from "./ListTable";

type Values = Record<string, unknown> | null | undefined;

/** What differs between two states of a row, field by field, with what it was and what it became. */
export function FieldChanges({
  before,
  after,
  masked,
}: {
  before: Values;
  after: Values;
  masked: ReadonlySet<string>;
}) {
  const changes = changesOf(before, after);
  if (changes.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No value differs.
      </Text>
    );
  return (
    <ListTable
      label="What differs"
      minWidth={420}
      heads={["Field", "Before", "After"]}
      verticalSpacing={4}
      fz="sm"
    >
      {changes.map(({ field, kind, was, is }) => (
        <Table.Tr key={field}>
          <Table.Th scope="row" fw={500}>
            {field} {masked.has(field) && <MaskSign />}
          </Table.Th>
          <Table.Td>{kind === "added" ? "not there" : <ValueText value={was} />}</Table.Td>
          <Table.Td>{kind === "removed" ? "not there" : <ValueText value={is} />}</Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

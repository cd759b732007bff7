import { List, Stack, Table, Text } from "@mantine/core";

import { $api } from "@/api/client";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { count } from "@/parts/words";

import { borne, pathsText, told } from "./growth";

/** What adopting a change would touch. Readers that are no views of the database are not known. */
export function Impact({ changeId }: { changeId: number }) {
  const query = $api.useQuery("get", "/v1/schema-changes/{changeId}/impact", {
    params: { path: { changeId } },
  });
  return (
    <Loaded query={query}>
      {({ data, renames, key }) => (
        <Stack gap="xs">
          <ListTable
            label="What it changes"
            minWidth={560}
            heads={["Change", "Columns now", "Mask", "Checks", "Views"]}
            verticalSpacing={4}
          >
            {data.map((one) => (
              <Table.Tr key={told(one.change)}>
                <Table.Td>{told(one.change)}</Table.Td>
                <Table.Td>{one.columns.join(", ") || "none"}</Table.Td>
                <Table.Td>{one.mask ?? "none"}</Table.Td>
                <Table.Td>{one.checks.join(", ") || "none"}</Table.Td>
                <Table.Td>{one.views.join(", ") || "none"}</Table.Td>
              </Table.Tr>
            ))}
          </ListTable>
          {renames.length > 0 && (
            <List size="sm">
              {renames.map((rename) => (
                <List.Item key={`${rename.old.join(".")}>${rename.new.join(".")}`}>
                  {rename.new.join(".")} may be {rename.old.join(".")} by another name:{" "}
                  {borne(rename)}.
                </List.Item>
              ))}
            </List>
          )}
          {key && (
            <Text size="sm">
              The key would be {pathsText(key.after)} in place of {pathsText(key.before)}.{" "}
              {key.records == null || key.keys == null || key.withoutKey == null
                ? "What that does to the records took too long to see."
                : `Of ${count(key.records)} records in explore ${count(key.withoutKey)} lack it and would go to quarantine; it tells ${count(key.keys)} apart.`}
            </Text>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

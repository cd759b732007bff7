import { Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { Anchor } from "@/parts/Anchor";
import { listPath } from "@/parts/datasets";
import { Loaded } from "@/parts/Loaded";
import { MaskSign } from "@/parts/ValuesTable";
import type { Origin } from "@/pages/lineage/columnsOf";

import { lineageOfColumn } from "./lineageOfColumn";
import type { TabProps } from "./DatasetPage";

/** What one column of chart comes from and what is made of it, by the newest runs that told of it. */
export function ColumnLineage({ dataset, column }: TabProps & { column: string }) {
  const name = dataset.layers.find((one) => one.layer === "chart")?.lineageName;
  const namespace = dataset.lineageNamespace;
  const told = useQuery({
    queryKey: ["column lineage", namespace, name, column],
    queryFn: () => lineageOfColumn(namespace, name ?? "", column),
    enabled: name !== undefined,
    staleTime: 60_000,
  });
  if (name === undefined)
    return <Text size="sm">Nothing of it was published yet: no run has told of it.</Text>;
  return (
    <Loaded query={told} lines={3}>
      {({ origins, uses, isCut }) => (
        <Stack gap="xs">
          <Columns title="Comes from" columns={origins} />
          <Columns title="Goes to" columns={uses} />
          {isCut && <Text size="xs">More is made of the dataset than was looked through.</Text>}
        </Stack>
      )}
    </Loaded>
  );
}

function Columns({ title, columns }: { title: string; columns: Origin[] }) {
  return (
    <Stack gap={2}>
      <Text size="sm" fw={500}>
        {title}
      </Text>
      {columns.length === 0 && <Text size="sm">No run has told of a column.</Text>}
      {columns.map((one) => (
        <Group key={`${one.id} ${one.field}`} gap={6}>
          <Anchor size="sm" to={listPath("/lineage", { node: one.id, show: "columns" })}>
            {one.dataset}.{one.field}
          </Anchor>
          {one.isMasked && <MaskSign />}
          {one.description && (
            <Text size="xs" c="dimmed">
              {one.description}
            </Text>
          )}
        </Group>
      ))}
    </Stack>
  );
}

import { Badge, Drawer, Group, SimpleGrid, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconMinus, IconPencil, IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";

import { api, type Schemas } from "@/api/client";
import { answeredExactly } from "@/api/exact";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { type Columns, DataTable } from "@/parts/DataTable";
import { datasetPath } from "@/parts/datasets";
import { Empty } from "@/parts/Empty";
import { FieldChanges } from "@/parts/FieldChanges";
import { Figure } from "@/parts/Figure";
import { Loaded } from "@/parts/Loaded";
import { count } from "@/parts/words";

import { maskedColumns } from "./columns";
import type { TabProps } from "./DatasetPage";

type Difference = Schemas["DifferenceView"];

/** Which keys were added, removed or changed between two moments, and what of them. */
export function Differences({ dataset, from, to }: TabProps & { from: string; to: string }) {
  const { connectionId, stream, namespace } = dataset;
  const [open, setOpen] = useState<Difference>();
  const masked = useMemo(() => maskedColumns(dataset), [dataset]);
  const found = usePaged<Difference, Schemas["DifferencePage"]>(
    ["diff", connectionId, stream, namespace, from, to],
    (window) =>
      answeredExactly<Schemas["DifferencePage"]>(
        api.GET("/v1/datasets/{connectionId}/{stream}/diff", {
          parseAs: "text",
          params: {
            path: { connectionId, stream },
            query: { from, to, ...(namespace ? { namespace } : {}), ...window },
          },
        }),
      ),
  );
  const columns = useMemo(() => columnsOf(dataset, setOpen), [dataset]);
  return (
    <Loaded query={found} lines={6}>
      {() => (
        <Stack>
          {found.first && <CountsOf counts={found.first.counts} />}
          {found.rows.length === 0 ? (
            <Empty title="Nothing differs between these moments." />
          ) : (
            <DataTable label="Differences" rows={found.rows} columns={columns} more={found.more} />
          )}
          <Drawer
            opened={open !== undefined}
            onClose={() => setOpen(undefined)}
            title={open && `A row that was ${open.kind}`}
            position="right"
            size="lg"
            closeButtonProps={{ "aria-label": "Close" }}
          >
            {open && <FieldChanges before={open.before} after={open.after} masked={masked} />}
          </Drawer>
        </Stack>
      )}
    </Loaded>
  );
}

function CountsOf({ counts }: { counts: Schemas["Counts"] }) {
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }}>
      <Figure label="Added" value={count(counts.added)} note="keys" />
      <Figure label="Removed" value={count(counts.removed)} note="keys" />
      <Figure label="Changed" value={count(counts.changed)} note="keys" />
      <Figure label="Same" value={count(counts.same)} note="keys" />
    </SimpleGrid>
  );
}

const KINDS: Record<string, [string, typeof IconPlus]> = {
  added: ["teal", IconPlus],
  removed: ["red", IconMinus],
  changed: ["blue", IconPencil],
};

function columnsOf(
  dataset: TabProps["dataset"],
  onOpen: (difference: Difference) => void,
): Columns<Difference> {
  return [
    {
      header: "What",
      cell: ({ row: { original } }) => {
        const [color, Icon] = KINDS[original.kind] ?? ["gray", IconPencil];
        return (
          <UnstyledButton
            onClick={() => onOpen(original)}
            aria-label={`${original.kind}: show values`}
          >
            <Badge color={color} variant="light" tt="none" leftSection={<Icon size={13} />}>
              {original.kind}
            </Badge>
          </UnstyledButton>
        );
      },
    },
    {
      header: "Key",
      cell: ({ row: { original } }) => (
        <Anchor size="sm" to={datasetPath(dataset, "passport", { key: original.keyHash })}>
          <KeyText
            dataset={dataset}
            row={original.after ?? original.before}
            hash={original.keyHash}
          />
        </Anchor>
      ),
    },
    {
      header: "Fields that differ",
      cell: ({ row: { original } }) => (
        <Group gap={4}>
          {original.kind === "changed" ? (
            original.fields.map((field) => <code key={field}>{field}</code>)
          ) : (
            <Text size="sm" c="dimmed">
              the whole row
            </Text>
          )}
        </Group>
      ),
    },
  ];
}

/** The key as the row has it, where it is a row's own columns; else its hash. */
function KeyText({
  dataset,
  row,
  hash,
}: TabProps & { row: Record<string, unknown> | null | undefined; hash: string }) {
  const keys = dataset.columns.filter((column) => column.isKey);
  const values = keys.map((column) => row?.[column.name]);
  if (keys.length === 0 || values.some((value) => value === null || value === undefined))
    return <code>{hash}</code>;
  return <>{keys.map((column, place) => `${column.name} ${String(values[place])}`).join(", ")}</>;
}

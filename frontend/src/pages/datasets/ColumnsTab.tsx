import { Badge, Drawer, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { useMemo } from "react";

import { $api } from "@/api/client";
import { useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { At } from "@/parts/At";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Decision } from "@/parts/Decision";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { Share } from "@/parts/Share";
import { count } from "@/parts/words";

import { ColumnDetails } from "./ColumnDetails";
import type { TabProps } from "./DatasetPage";
import { type ProfiledColumn, profiled } from "./profiled";
import { TopValues } from "./TopValues";

/** What each column holds, by the newest profile of chart; a column opens what is known of it. */
export function ColumnsTab({ dataset }: TabProps) {
  const { connectionId, stream, namespace } = dataset;
  const [{ column: chosen }, setFilter] = useFilters("column");
  const query = namespace ? { namespace } : {};
  const profile = $api.useQuery(
    "get",
    "/v1/datasets/{connectionId}/{stream}/profile",
    { params: { path: { connectionId, stream }, query } },
    { enabled: Boolean(dataset.freshness.promotionId) },
  );
  const contracts = useEdited(
    act("get", "/v1/connections/{connectionId}/columns", {
      path: { connectionId },
      query: { stream },
    }),
  );
  const rows = useMemo(
    () => profiled(dataset, profile.data, contracts.data?.value.data ?? []),
    [dataset, profile.data, contracts.data],
  );
  const columns = useMemo(() => columnsOf((name) => setFilter("column", name)), [setFilter]);
  const open = rows.find((one) => one.name === chosen);
  return (
    <Stack>
      <ProblemAlert problem={profile.error ?? contracts.error} />
      <Text size="sm" c="dimmed">
        <Basis dataset={dataset} profile={profile.data} isAsking={profile.isFetching} />
      </Text>
      {rows.length === 0 ? (
        <Empty title="No column is known yet.">The first job of the connection brings them.</Empty>
      ) : (
        <DataTable label="Columns" rows={rows} columns={columns} sortable rowHeight={52} />
      )}
      <Drawer
        opened={open !== undefined}
        onClose={() => setFilter("column", null)}
        title={open?.name}
        position="right"
        size="lg"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {open && <ColumnDetails dataset={dataset} column={open} tag={contracts.data?.tag} />}
      </Drawer>
    </Stack>
  );
}

function Basis({
  dataset,
  profile,
  isAsking,
}: TabProps & {
  profile: { profiledAt?: string; sampledRows?: number; stale: boolean } | undefined;
  isAsking: boolean;
}) {
  if (!dataset.freshness.promotionId) return "Nothing of it was published yet: no figures.";
  const at = profile?.profiledAt ?? dataset.profiledAt;
  if (!at) return isAsking ? "It is being profiled." : "It was not profiled yet.";
  return (
    <>
      Figures of chart, profiled <At at={at} />
      {profile?.sampledRows !== undefined && `, estimated from ${count(profile.sampledRows)} rows`}
      {(profile?.stale ?? dataset.profileStale) &&
        (isAsking ? "; a newer profile is being made" : "; older than the newest promotion")}
      . Values are shown of columns that are decided clean.
    </>
  );
}

function columnsOf(onOpen: (name: string) => void): Columns<ProfiledColumn> {
  return [
    {
      header: "Column",
      accessorKey: "name",
      cell: ({ row: { original: column } }) => (
        <Group gap={6} wrap="nowrap">
          <UnstyledButton
            fz="sm"
            fw={600}
            c="petrol"
            td="underline"
            onClick={() => onOpen(column.name)}
          >
            {column.name}
          </UnstyledButton>
          {column.isKey && (
            <Badge size="sm" variant="outline" tt="none" miw="max-content">
              key
            </Badge>
          )}
          {column.isCursor && (
            <Badge size="sm" variant="outline" tt="none" miw="max-content">
              cursor
            </Badge>
          )}
        </Group>
      ),
    },
    { header: "Type", accessorKey: "type" },
    {
      header: "Null",
      accessorFn: (column) => column.nullShare ?? -1,
      cell: ({ row: { original: column } }) =>
        column.nullShare === undefined ? (
          "–"
        ) : (
          <Share
            share={column.nullShare}
            label={`${count(column.nulls ?? 0)} of ${count(column.rows ?? 0)} rows`}
            color="gray"
          />
        ),
    },
    {
      header: "Distinct",
      accessorFn: (column) => column.distinct ?? -1,
      cell: ({ row: { original: column } }) => <Distinct column={column} />,
    },
    {
      header: "Least – most",
      enableSorting: false,
      cell: ({ row: { original: column } }) =>
        column.min === undefined ? (
          <Text size="sm" c="dimmed">
            {column.valuesShown ? "–" : "not shown"}
          </Text>
        ) : (
          <Text size="sm" lineClamp={2} miw={190} maw={280}>
            {column.min} – {column.max}
          </Text>
        ),
    },
    {
      header: "Length, bytes",
      enableSorting: false,
      cell: ({ row: { original: column } }) =>
        column.shortest === undefined ? "–" : `${column.shortest} – ${column.longest}`,
    },
    {
      header: "Most frequent",
      enableSorting: false,
      cell: ({ row: { original: column } }) => <TopValues column={column} most={3} />,
    },
    {
      header: "Personal data",
      accessorFn: (column) => (column.decision?.isMasked ? 1 : 0),
      cell: ({ row: { original: column } }) =>
        column.decision ? <Decision decision={column.decision} brief /> : undecided(column),
    },
    { header: "Contract", accessorFn: (column) => column.contract ?? "–" },
  ];
}

/** An object is decided by its parts, which have no columns of their own. */
function undecided(column: ProfiledColumn) {
  return column.type === "jsonb" ? "by its parts" : "not decided";
}

export function Distinct({ column }: { column: ProfiledColumn }) {
  if (column.distinct === undefined) return "–";
  return column.distinctEstimated ? `≈ ${count(column.distinct)} est.` : count(column.distinct);
}

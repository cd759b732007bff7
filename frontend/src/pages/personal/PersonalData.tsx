import { Alert, Drawer, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { answered, api } from "@/api/client";
import { everything } from "@/api/everything";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import { ConnectionFilter } from "@/parts/ConnectionFilter";
import { type Columns, DataTable } from "@/parts/DataTable";
import { datasetPath, datasetTitle } from "@/parts/datasets";
import { Decision, isMask } from "@/parts/Decision";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { NamespaceFilter } from "@/parts/NamespaceFilter";
import { Page } from "@/parts/Page";
import { TextFilter } from "@/parts/TextFilter";
import { count, many, percent, spoken } from "@/parts/words";

import {
  ENTITIES,
  evidenceBrief,
  having,
  keyOf,
  type Listed,
  toReviewFirst,
  VERDICTS,
} from "./decisions";
import { PathDetails } from "./PathDetails";

export function PersonalData() {
  const [filters, setFilter, setFilters] = useFilters(
    "verdict",
    "entity",
    "action",
    "decidedBy",
    "connectionId",
    "stream",
    "namespace",
    "q",
    "path",
    "open",
  );
  const query = {
    connectionId: filters.connectionId,
    stream: filters.stream,
    namespace: filters.namespace,
    verdict: VERDICTS.find((verdict) => verdict === filters.verdict),
    entity: ENTITIES.find((entity) => entity === filters.entity),
    action: (["mask", "pass"] as const).find((action) => action === filters.action),
    decidedBy: (["atlas", "person"] as const).find((by) => by === filters.decidedBy),
  };
  const found = useQuery({
    queryKey: ["personal data", query],
    queryFn: () =>
      everything((window) =>
        answered(api.GET("/v1/personal-data", { params: { query: { ...query, ...window } } })),
      ),
  });
  const rows = useMemo(
    () => toReviewFirst(having(found.data?.rows ?? [], filters.q)),
    [found.data, filters.q],
  );
  const columns = useMemo(() => columnsOf((row) => setFilter("open", keyOf(row))), [setFilter]);
  // a link may name a path of a stream, without knowing all of a row's key
  const open = found.data?.rows.find(
    (row) =>
      keyOf(row) === filters.open ||
      (filters.path !== undefined && JSON.stringify(row.decision.path) === filters.path),
  );
  const isNarrowed = Object.values(filters).some(Boolean);
  return (
    <Page
      title="Personal data"
      about="What each path of each stream holds, on what evidence, and whether it is masked. What is in doubt is masked until somebody decides."
    >
      <Group align="flex-end">
        <TextFilter
          label="Path, dataset or entity"
          value={filters.q}
          onChange={(text) => setFilter("q", text)}
        />
        <ConnectionFilter
          value={filters.connectionId}
          onChange={(id) => setFilter("connectionId", id)}
        />
        <TextFilter
          label="Stream"
          w={160}
          value={filters.stream}
          onChange={(text) => setFilter("stream", text)}
        />
        <NamespaceFilter
          value={filters.namespace}
          onChange={(namespace) => setFilter("namespace", namespace)}
        />
        <ChoiceFilter
          label="Verdict"
          data={VERDICTS.map((value) => ({ value, label: spoken(value) }))}
          value={filters.verdict}
          onChange={(value) => setFilter("verdict", value)}
        />
        <ChoiceFilter
          label="Entity"
          searchable
          w={190}
          data={ENTITIES}
          value={filters.entity}
          onChange={(value) => setFilter("entity", value)}
        />
        <ChoiceFilter
          label="Masked"
          placeholder="Either"
          data={[
            { value: "mask", label: "masked" },
            { value: "pass", label: "in clear" },
          ]}
          value={filters.action}
          onChange={(value) => setFilter("action", value)}
        />
        <ChoiceFilter
          label="Decided by"
          placeholder="Anybody"
          data={[
            { value: "atlas", label: "Atlas" },
            { value: "person", label: "a person" },
          ]}
          value={filters.decidedBy}
          onChange={(value) => setFilter("decidedBy", value)}
        />
      </Group>
      <Loaded query={found} lines={8}>
        {({ rows: all, isCut }) => (
          <Stack>
            {isCut && (
              <Alert color="yellow" title="There are more paths than are shown">
                The first {count(all.length)} were read. Narrow them by a connection or a stream.
              </Alert>
            )}
            {rows.length === 0 ? (
              <Empty title={isNarrowed ? "No path is like this." : "Nothing was decided yet."}>
                {isNarrowed ? (
                  <Anchor to="/personal-data">Show all paths</Anchor>
                ) : (
                  "A job decides about each path that it brings values of."
                )}
              </Empty>
            ) : (
              <>
                <Summary rows={rows} />
                <DataTable
                  label="Paths and what they hold"
                  rows={rows}
                  columns={columns}
                  sortable
                />
              </>
            )}
          </Stack>
        )}
      </Loaded>
      <Drawer
        opened={open !== undefined}
        onClose={() => setFilters({ open: null, path: null })}
        title={open?.decision.path.join(".")}
        position="right"
        size="lg"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {open && <PathDetails key={keyOf(open)} row={open} />}
      </Drawer>
    </Page>
  );
}

function Summary({ rows }: { rows: Listed[] }) {
  const toReview = rows.filter((row) => row.decision.verdict === "review").length;
  const masked = rows.filter((row) => isMask(row.decision.action)).length;
  return (
    <Text size="sm">
      {many(rows.length, "path")}: {count(masked)} masked, {count(rows.length - masked)} in clear
      {toReview > 0 && (
        <>
          , <b>{count(toReview)} to review</b>
        </>
      )}
      .
    </Text>
  );
}

function columnsOf(onOpen: (row: Listed) => void): Columns<Listed> {
  return [
    {
      header: "Path",
      accessorFn: (row) => row.decision.path.join("."),
      cell: ({ row: { original: row } }) => (
        <UnstyledButton fz="sm" fw={600} c="petrol" td="underline" onClick={() => onOpen(row)}>
          {row.decision.path.join(".")}
        </UnstyledButton>
      ),
    },
    {
      header: "Dataset",
      accessorFn: (row) => datasetTitle(row),
      cell: ({ row: { original: row } }) => (
        <Anchor size="sm" to={datasetPath(row, "columns", { column: row.column })}>
          {datasetTitle(row)}
        </Anchor>
      ),
    },
    { header: "Connection", accessorKey: "connection" },
    {
      header: "Holds",
      accessorFn: (row) => row.decision.verdict,
      cell: ({ row: { original: row } }) => spoken(row.decision.verdict),
    },
    {
      header: "Mask",
      accessorFn: (row) => row.decision.entity ?? "",
      cell: ({ row: { original: row } }) => (
        <Decision decision={{ ...row.decision, isMasked: isMask(row.decision.action) }} brief />
      ),
    },
    {
      header: "Evidence",
      accessorFn: (row) => row.decision.evidence.share,
      cell: ({ row: { original: row } }) => evidenceBrief(row.decision.evidence),
    },
    {
      header: "Sure",
      accessorFn: (row) => row.decision.confidence,
      cell: ({ row: { original: row } }) =>
        row.decision.decidedBy === "person" ? "a person's word" : percent(row.decision.confidence),
    },
    {
      header: "Decided",
      accessorFn: (row) => row.decision.decidedAt ?? "",
      cell: ({ row: { original: row } }) => (
        <>
          {row.decision.actor ?? "Atlas"}, <At at={row.decision.decidedAt} />
        </>
      ),
    },
  ];
}

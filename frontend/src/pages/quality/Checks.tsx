import { Group } from "@mantine/core";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import { type Columns, DataTable } from "@/parts/DataTable";
import { datasetPath, datasetTitle, listPath } from "@/parts/datasets";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";
import { TextFilter } from "@/parts/TextFilter";

import { CheckStrip } from "./CheckStrip";
import { isOneCheck } from "./oneCheck";

type Result = Schemas["ResultView"];

const OUTCOMES: Schemas["Outcome"][] = ["fail", "warn", "pass"];

export interface OfChecks {
  connectionId?: string | undefined;
  stream?: string | undefined;
  namespace?: string | null | undefined;
}

/** What checks found, the newest promotion first; narrowed by the page's address. */
export function Checks({ of, height }: { of: OfChecks; height?: number }) {
  const [filters, setFilter] = useFilters("outcome", "check", "column", "jobId");
  const query = {
    ...of,
    namespace: of.namespace ?? undefined,
    outcome: OUTCOMES.find((outcome) => outcome === filters.outcome),
    check: filters.check,
    column: filters.column,
    jobId: filters.jobId === undefined ? undefined : Number(filters.jobId),
  };
  const found = usePaged(["checks", query], (window) =>
    answered(api.GET("/v1/checks", { params: { query: { ...query, ...window } } })),
  );
  const isNarrowed = Object.values(filters).some(Boolean);
  return (
    <>
      <Group align="flex-end">
        <ChoiceFilter
          label="Outcome"
          data={OUTCOMES}
          value={filters.outcome}
          onChange={(value) => setFilter("outcome", value)}
        />
        <TextFilter
          label="Check"
          placeholder="its whole name"
          value={filters.check}
          onChange={(text) => setFilter("check", text)}
        />
        <TextFilter
          label="Column"
          placeholder="its whole name"
          value={filters.column}
          onChange={(text) => setFilter("column", text)}
        />
        <TextFilter
          label="Job"
          w={110}
          value={filters.jobId}
          onChange={(text) => setFilter("jobId", text.replaceAll(/\D/g, ""))}
        />
      </Group>
      <Loaded query={found} lines={6}>
        {() =>
          found.rows.length === 0 ? (
            <Empty title={isNarrowed ? "No check is like this." : "No check ran yet."}>
              Checks run on each range before it is published.
            </Empty>
          ) : (
            <>
              {filters.check && isOneCheck(found.rows) && <CheckStrip results={found.rows} />}
              <DataTable
                label="Checks"
                rows={found.rows}
                columns={COLUMNS}
                height={height ?? "min(60vh, 640px)"}
                more={found.more}
              />
            </>
          )
        }
      </Loaded>
    </>
  );
}

const COLUMNS: Columns<Result> = [
  {
    header: "Outcome",
    cell: ({ row: { original: result } }) => <Status value={result.outcome} />,
  },
  {
    header: "Check",
    cell: ({ row: { original: result } }) => (
      <Anchor
        size="sm"
        to={listPath("/quality", {
          view: "checks",
          connectionId: result.connectionId,
          stream: result.stream,
          namespace: result.namespace,
          check: result.check,
          column: result.column,
        })}
      >
        {result.check}
      </Anchor>
    ),
  },
  {
    header: "Dataset",
    cell: ({ row: { original: result } }) => (
      <Anchor size="sm" to={datasetPath(result, "quality")}>
        {datasetTitle(result)}
      </Anchor>
    ),
  },
  { header: "Column", cell: ({ row: { original: result } }) => result.column ?? "–" },
  {
    header: "Measured",
    cell: ({ row: { original: result } }) =>
      result.measured === undefined ? "–" : result.measured.toLocaleString("en"),
  },
  { header: "Engine", cell: ({ row: { original: result } }) => result.engine },
  {
    header: "Job",
    cell: ({ row: { original: result } }) => (
      <Anchor size="sm" to={`/jobs/${result.jobId}`}>
        {result.jobId}
      </Anchor>
    ),
  },
  {
    header: "When",
    cell: ({ row: { original: result } }) => <At at={result.recordedAt} />,
  },
];

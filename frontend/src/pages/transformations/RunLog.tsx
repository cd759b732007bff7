import { Group } from "@mantine/core";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { At } from "@/parts/At";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import type { Columns } from "@/parts/DataTable";
import { useFilters } from "@/parts/filters";
import { LogLines } from "@/parts/LogLines";
import { TextFilter } from "@/parts/TextFilter";

type Line = Schemas["RunLineView"];
type Page = Schemas["RunLogPage"];

/** What dbt said in a run. */
export function RunLog({ runId, isOver }: { runId: number; isOver: boolean }) {
  const [filters, setFilter] = useFilters("level", "text");
  const query = {
    ...(filters.level ? { level: filters.level } : {}),
    ...(filters.text ? { text: filters.text } : {}),
  };
  const log = usePaged<Line>(
    ["transformation logs", runId, isOver, query],
    (window) =>
      answered<Page>(
        api.GET("/v1/transformation-runs/{transformationRunId}/logs", {
          params: { path: { transformationRunId: runId }, query: { ...query, ...window } },
        }),
      ),
    isOver ? {} : { refetchInterval: 3_000 },
  );
  const last = log.data?.pages.at(-1) as Page | undefined;
  return (
    <>
      <Group align="flex-end" mb="sm">
        <TextFilter
          label="Lines with"
          placeholder="a text"
          value={filters.text}
          onChange={(text) => setFilter("text", text)}
        />
        <ChoiceFilter
          label="From level"
          data={["DEBUG", "INFO", "WARNING", "ERROR"]}
          value={filters.level}
          onChange={(value) => setFilter("level", value)}
        />
      </Group>
      <LogLines
        log={log}
        columns={LINES}
        dropped={last?.dropped ?? 0}
        forgottenAt={last?.forgottenAt}
      />
    </>
  );
}

const LINES: Columns<Line> = [
  { id: "at", header: "At", cell: ({ row }) => <At at={row.original.at} exact /> },
  {
    id: "level",
    header: "Level",
    cell: ({ row }) => <span data-level={row.original.level}>{row.original.level}</span>,
  },
  {
    id: "message",
    header: "What",
    cell: ({ row }) => <span data-message>{row.original.message}</span>,
  },
];

import { Button, CopyButton, Group, Switch } from "@mantine/core";
import { useState } from "react";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { At } from "@/parts/At";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import type { Columns } from "@/parts/DataTable";
import { useFilters } from "@/parts/filters";
import { LogLines } from "@/parts/LogLines";
import { TextFilter } from "@/parts/TextFilter";

import classes from "@/parts/LogLines.module.css";

type Line = Schemas["LineView"];
type Page = Schemas["LogPage"];

/** What the connector and Atlas said during a job. */
export function Log({ jobId, attempts }: { jobId: number; attempts: number }) {
  const [filters, setFilter] = useFilters("attempt", "level", "text");
  const [wraps, setWraps] = useState(true);
  const query = {
    ...(filters.attempt ? { attempt: Number(filters.attempt) } : {}),
    ...(filters.level ? { level: filters.level } : {}),
    ...(filters.text ? { text: filters.text } : {}),
  };
  const log = usePaged<Line>(["logs", jobId, query], (window) =>
    answered<Page>(
      api.GET("/v1/jobs/{jobId}/logs", {
        params: { path: { jobId }, query: { ...query, ...window } },
      }),
    ),
  );
  const totals = (log.data?.pages.at(-1) as Page | undefined)?.attempts ?? [];
  const dropped = totals.reduce((sum, total) => sum + total.dropped, 0);
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
          data={["DEBUG", "INFO", "WARNING", "ERROR", "FATAL"]}
          value={filters.level}
          onChange={(value) => setFilter("level", value)}
        />
        {attempts > 1 && (
          <ChoiceFilter
            label="Attempt"
            placeholder="all"
            data={Array.from({ length: attempts }, (_, number) => String(number + 1))}
            value={filters.attempt}
            onChange={(value) => setFilter("attempt", value)}
          />
        )}
        <Switch
          label="Wrap"
          checked={wraps}
          onChange={(event) => setWraps(event.currentTarget.checked)}
          mb={8}
        />
        <CopyButton value={textOf(log.rows)}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy what is read"}
            </Button>
          )}
        </CopyButton>
        <Button
          variant="default"
          component="a"
          download={`job-${jobId}.log`}
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(textOf(log.rows))}`}
        >
          Download
        </Button>
      </Group>
      <LogLines
        log={log}
        columns={LINES}
        dropped={dropped}
        forgottenAt={totals.find((total) => total.forgottenAt)?.forgottenAt}
        wraps={wraps}
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
  { id: "speaker", header: "Who", cell: ({ row }) => row.original.speaker },
  {
    id: "message",
    header: "What",
    cell: ({ row: { original: line } }) => (
      <span data-message>
        {line.message}
        {line.facts && <span className={classes.facts}> {JSON.stringify(line.facts)}</span>}
      </span>
    ),
  },
];

function textOf(lines: Line[]): string {
  return lines
    .map(
      (line) =>
        `${line.at} ${line.level} ${line.speaker} ${line.message}${line.facts ? ` ${JSON.stringify(line.facts)}` : ""}`,
    )
    .join("\n");
}

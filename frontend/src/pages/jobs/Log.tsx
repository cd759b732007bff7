import { Button, CopyButton, Group, Switch } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { At } from "@/parts/At";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import type { Columns } from "@/parts/DataTable";
import { download } from "@/parts/download";
import { useFilters } from "@/parts/filters";
import { LogLines } from "@/parts/LogLines";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { TextFilter } from "@/parts/TextFilter";
import { many } from "@/parts/words";

import { type Line, linesOf, type LogQuery, readOn, textOf, useTail } from "./lines";
import { isOver } from "./tree";

import classes from "@/parts/LogLines.module.css";

type Page = Schemas["LogPage"];

const WRITTEN_WITHIN_MS = 5_000;

/** The last lines are written a moment after the job has ended. */
function isStillWritten({ status, atlas }: Schemas["JobView"]): boolean {
  const agoMs = atlas.endedAt ? Date.now() - Date.parse(atlas.endedAt) : Infinity;
  return isOver(status) && agoMs < WRITTEN_WITHIN_MS;
}

/** What the connector and Atlas said during a job. */
export function Log({ job }: { job: Schemas["JobView"] }) {
  const { jobId } = job;
  const [filters, setFilter] = useFilters("attempt", "level", "text", "tail");
  const [wraps, setWraps] = useState(true);
  const query: LogQuery = {
    ...(filters.attempt ? { attempt: Number(filters.attempt) } : {}),
    ...(filters.level ? { level: filters.level } : {}),
    ...(filters.text ? { text: filters.text } : {}),
  };
  const isFollowed = filters.tail === "yes" && !isOver(job.status);
  const fetchLines = linesOf(jobId, query);
  const paged = usePaged<Line>(["logs", jobId, query], fetchLines, {
    refetchInterval: () => isStillWritten(job) && 1_000,
  });
  const tail = useTail(jobId, query, isFollowed);
  const log = isFollowed ? { ...paged, ...tail, hasNextPage: false } : paged;
  const totals = (paged.data?.pages.at(-1) as Page | undefined)?.attempts ?? [];
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
        {(job.atlas.attempts > 1 || filters.attempt) && (
          <ChoiceFilter
            label="Attempt"
            placeholder="all"
            data={Array.from({ length: job.atlas.attempts }, (_, number) => String(number + 1))}
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
        {!isOver(job.status) && (
          <Switch
            label="Follow"
            checked={isFollowed}
            onChange={(event) => setFilter("tail", event.currentTarget.checked ? "yes" : null)}
            mb={8}
          />
        )}
        <CopyButton value={textOf(log.rows)}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy what is read"}
            </Button>
          )}
        </CopyButton>
        <Download name={`job-${jobId}.log`} jobId={jobId} query={query} />
      </Group>
      <LogLines
        log={log}
        columns={LINES}
        dropped={dropped}
        forgottenAt={totals.find((total) => total.forgottenAt)?.forgottenAt}
        wraps={wraps}
        follows={isFollowed}
      />
    </>
  );
}

/** All lines by the filters, not those alone that were scrolled to. */
function Download({ name, jobId, query }: { name: string; jobId: number; query: LogQuery }) {
  const [read, setRead] = useState(0);
  const reading = useMutation({
    mutationFn: async () => {
      const all: Line[] = [];
      await readOn(linesOf(jobId, query), 0, (lines) => {
        all.push(...lines);
        setRead(all.length);
      });
      download(name, textOf(all));
    },
    onSettled: () => setRead(0),
  });
  return (
    <>
      <Button
        variant="default"
        aria-disabled={reading.isPending}
        onClick={() => !reading.isPending && reading.mutate()}
      >
        {reading.isPending ? `${many(read, "line")} read` : "Download"}
      </Button>
      <ProblemAlert problem={reading.error} />
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

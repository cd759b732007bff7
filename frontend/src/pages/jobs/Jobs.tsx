import { Group, Text } from "@mantine/core";
import { useMemo } from "react";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import { ConnectionFilter } from "@/parts/ConnectionFilter";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { Status } from "@/parts/Status";
import { count, lasting, size, spoken } from "@/parts/words";

import { tookOf } from "./took";

type Job = Schemas["JobView"];

const STATUSES: Schemas["JobStatus"][] = ["pending", "running", "succeeded", "failed", "cancelled"];
const TYPES: Schemas["JobType"][] = ["sync", "refresh", "clear", "replay", "rebuild", "backfill"];

const COLUMNS: Columns<Job> = [
  {
    id: "job",
    header: "Job",
    cell: ({ row }) => (
      <Anchor to={`/jobs/${row.original.jobId}`} fw={500}>
        {row.original.jobId}
      </Anchor>
    ),
  },
  { id: "status", header: "Status", cell: ({ row }) => <Status value={row.original.status} /> },
  {
    id: "connection",
    header: "Connection",
    cell: ({ row: { original: job } }) => (
      <Anchor to={`/connections/${job.connectionId}`}>
        {job.atlas.connection ?? job.connectionId}
      </Anchor>
    ),
  },
  { id: "type", header: "Type", cell: ({ row }) => spoken(row.original.jobType) },
  { id: "started", header: "Started", cell: ({ row }) => <At at={row.original.startTime} /> },
  {
    id: "duration",
    header: "Took",
    cell: ({ row: { original: job } }) => {
      const seconds = tookOf(job);
      return seconds === undefined ? "–" : lasting(seconds);
    },
  },
  {
    id: "rows",
    header: "Records",
    cell: ({ row: { original: job } }) =>
      job.rowsSynced === undefined ? (
        "–"
      ) : (
        <Anchor to={`/jobs/${job.jobId}#ledger`}>{count(job.rowsSynced)}</Anchor>
      ),
  },
  {
    id: "bytes",
    header: "Size",
    cell: ({ row: { original: job } }) =>
      job.bytesSynced === undefined ? "–" : size(job.bytesSynced),
  },
  {
    id: "books",
    header: "Books",
    cell: ({ row: { original: job } }) =>
      job.atlas.remote?.verification ? (
        <Status value={job.atlas.remote.verification} />
      ) : job.atlas.balanced === undefined ? (
        "–"
      ) : job.atlas.balanced ? (
        <Anchor to={`/jobs/${job.jobId}#ledger`}>balance</Anchor>
      ) : (
        <Status value="broken" label="do not balance" />
      ),
  },
];

/** All jobs, the newest first. */
export function Jobs() {
  const [filters, setFilter] = useFilters("status", "jobType", "connectionId");
  const query = useMemo(
    () => ({
      orderBy: "createdAt|DESC" as const,
      allTypes: true,
      ...(filters.status ? { status: filters.status as Schemas["JobStatus"] } : {}),
      ...(filters.jobType ? { jobType: filters.jobType as Schemas["JobType"] } : {}),
      ...(filters.connectionId ? { connectionId: filters.connectionId } : {}),
    }),
    [filters.status, filters.jobType, filters.connectionId],
  );
  const jobs = usePaged<Job>(
    ["jobs", query],
    (window) => answered(api.GET("/v1/jobs", { params: { query: { ...query, ...window } } })),
    { refetchInterval: 5_000 },
  );
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <Page
      title="Jobs"
      about="Each wish to sync a connection, or to change what it made, and what became of it."
    >
      <Group align="flex-end">
        <ChoiceFilter
          label="Status"
          data={STATUSES}
          value={filters.status}
          onChange={(value) => setFilter("status", value)}
        />
        <ChoiceFilter
          label="Type"
          data={TYPES}
          value={filters.jobType}
          onChange={(value) => setFilter("jobType", value)}
        />
        <ConnectionFilter
          value={filters.connectionId}
          onChange={(id) => setFilter("connectionId", id)}
        />
      </Group>
      <Loaded query={jobs} lines={10}>
        {() =>
          jobs.rows.length ? (
            <DataTable label="Jobs" rows={jobs.rows} columns={COLUMNS} more={jobs.more} />
          ) : (
            <Empty title={isFiltered ? "No job is like this" : "No job yet"}>
              <Text size="sm">
                A job starts by schedule, by the API, or by Sync now on the page of a{" "}
                <Anchor to="/connections">connection</Anchor>.
              </Text>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

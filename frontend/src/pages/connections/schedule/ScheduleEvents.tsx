import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { count, spoken } from "@/parts/words";

type Event = Schemas["ScheduleEventView"];

const COLUMNS: Columns<Event> = [
  { header: "Window", cell: ({ row }) => <At at={row.original.windowAt} exact /> },
  { header: "What became of it", cell: ({ row }) => spoken(row.original.outcome) },
  { header: "Why", cell: ({ row }) => row.original.reason ?? "–" },
  {
    header: "Job",
    cell: ({ row: { original } }) =>
      original.jobId ? <Anchor to={`/jobs/${original.jobId}`}>{original.jobId}</Anchor> : "–",
  },
  { header: "Windows missed before", cell: ({ row }) => count(row.original.missed) },
  { header: "Seen", cell: ({ row }) => <At at={row.original.at} /> },
];

/** What became of the windows of a schedule, the newest first. */
export function ScheduleEvents({ connectionId }: { connectionId: string }) {
  const found = usePaged<Event>(["schedule-events", connectionId], (window) =>
    answered(
      api.GET("/v1/schedules/{connectionId}/events", {
        params: { path: { connectionId }, query: window },
      }),
    ),
  );
  return (
    <Loaded query={{ data: found.data && found.rows, error: found.error }}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty title="No window has come yet.">
            A window comes with each tick of a schedule that is kept by the clock.
          </Empty>
        ) : (
          <DataTable
            label="Past windows"
            rows={rows}
            columns={COLUMNS}
            height={420}
            more={found.more}
          />
        )
      }
    </Loaded>
  );
}

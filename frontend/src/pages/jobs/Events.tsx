import { Code } from "@mantine/core";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { At } from "@/parts/At";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { spoken } from "@/parts/words";

type Event = Schemas["JobEventView"];
/** The same answer is documented as an event stream too, so its type is said here. */
type Page = Schemas["Page_JobEventView_"];

/** Every transition of a job, as kept and as followed live. */
export function Events({ jobId }: { jobId: number }) {
  const events = usePaged<Event>(
    ["job events", jobId],
    async (window) =>
      (await answered(
        api.GET("/v1/jobs/{jobId}/events", { params: { path: { jobId }, query: window } }),
      )) as Page,
  );
  return (
    <Loaded query={events}>
      {() =>
        events.rows.length === 0 ? (
          <Empty title="Nothing has happened yet." />
        ) : (
          <DataTable label="Events" rows={events.rows} columns={COLUMNS} more={events.more} />
        )
      }
    </Loaded>
  );
}

const COLUMNS: Columns<Event> = [
  { header: "Event", cell: ({ row }) => row.original.eventId },
  { header: "At", cell: ({ row }) => <At at={row.original.at} exact /> },
  { header: "What", cell: ({ row }) => spoken(row.original.kind) },
  {
    header: "Facts",
    cell: ({ row }) => <Code>{JSON.stringify(row.original.payload)}</Code>,
  },
];

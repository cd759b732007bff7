import { Select, Text } from "@mantine/core";
import { useMemo, useState } from "react";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { At } from "@/parts/At";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";
import { TellAgain } from "@/parts/TellAgain";
import { useMayOn } from "@/parts/useMayOn";
import { count, spoken } from "@/parts/words";

type Notice = Schemas["NotificationView"];

export function Notifications({ connectionId }: { connectionId: string }) {
  const mayRetry = useMayOn("operator", connectionId);
  const [status, setStatus] = useState<Schemas["DeliveryStatus"] | null>(null);
  const found = usePaged<Notice>(["notifications", connectionId, status], (window) =>
    answered(
      api.GET("/v1/notifications", {
        params: { query: { connectionId, ...(status ? { status } : {}), ...window } },
      }),
    ),
  );
  const columns = useMemo(() => columnsOf(mayRetry), [mayRetry]);
  return (
    <>
      <Select
        label="Status"
        w={200}
        clearable
        data={["waiting", "delivered", "dead"]}
        value={status}
        onChange={(value) => setStatus(value as typeof status)}
      />
      <Loaded query={{ data: found.data && found.rows, error: found.error }}>
        {(rows) =>
          rows.length === 0 ? (
            <Text size="sm" c="dimmed">
              Nothing of this was told.
            </Text>
          ) : (
            <DataTable
              label="Notifications"
              rows={rows}
              columns={columns}
              height={320}
              more={found.more}
            />
          )
        }
      </Loaded>
    </>
  );
}

function columnsOf(mayRetry: boolean): Columns<Notice> {
  return [
    { header: "Of", cell: ({ row }) => spoken(row.original.occasion) },
    { header: "Status", cell: ({ row }) => <Status value={row.original.status} /> },
    { header: "Tries", cell: ({ row }) => count(row.original.tries) },
    { header: "Noted", cell: ({ row }) => <At at={row.original.createdAt} /> },
    {
      header: "Ended, or tried next",
      cell: ({ row: { original: one } }) => <At at={one.endedAt ?? one.nextTryAt} />,
    },
    { header: "Last failure", cell: ({ row }) => row.original.lastFailure ?? "–" },
    {
      id: "acts",
      header: "Acts",
      cell: ({ row }) => mayRetry && <TellAgain notification={row.original} />,
    },
  ];
}

import { Drawer, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { RawJson } from "@/parts/RawJson";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";
import { TextFilter } from "@/parts/TextFilter";
import { size } from "@/parts/words";

import { eventText } from "./NodeDetails";

type Event = Schemas["EventView"];

const TYPES: Schemas["EventType"][] = ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL"];
const LOOKS: Record<Schemas["EventType"], string> = {
  START: "pending",
  RUNNING: "running",
  COMPLETE: "succeeded",
  ABORT: "cancelled",
  FAIL: "failed",
};
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The OpenLineage events that were recorded, the newest first, each as it was sent. */
export function Events({ connectionId }: { connectionId: string | undefined }) {
  const [filters, setFilter] = useFilters(
    "eventType",
    "jobId",
    "runId",
    "dataset",
    "namespace",
    "event",
  );
  const query = {
    connectionId,
    eventType: TYPES.find((type) => type === filters.eventType),
    jobId: filters.jobId === undefined ? undefined : Number(filters.jobId),
    runId: filters.runId !== undefined && UUID.test(filters.runId) ? filters.runId : undefined,
    dataset: filters.dataset,
    namespace: filters.namespace,
  };
  const found = usePaged(["lineage events", query], (window) =>
    answered(api.GET("/v1/lineage/events", { params: { query: { ...query, ...window } } })),
  );
  const columns = useMemo(
    () => columnsOf((eventId) => setFilter("event", String(eventId))),
    [setFilter],
  );
  return (
    <Stack>
      <Group align="flex-end">
        <ChoiceFilter
          label="Event"
          data={TYPES}
          value={filters.eventType}
          onChange={(value) => setFilter("eventType", value)}
        />
        <TextFilter
          label="Job"
          w={110}
          value={filters.jobId}
          onChange={(text) => setFilter("jobId", text.replaceAll(/\D/g, ""))}
        />
        <TextFilter
          label="Run"
          w={320}
          value={filters.runId}
          onChange={(text) => setFilter("runId", text.trim())}
          error={
            filters.runId !== undefined && !UUID.test(filters.runId)
              ? "A run has a UUID."
              : undefined
          }
        />
        <TextFilter
          label="Dataset"
          placeholder="its whole name in lineage"
          w={280}
          value={filters.dataset}
          onChange={(text) => setFilter("dataset", text)}
        />
      </Group>
      <Loaded query={found} lines={8}>
        {() =>
          found.rows.length === 0 ? (
            <Empty title="No event is like this.">
              Each run records a START, and a COMPLETE or a FAIL for each of its streams.
            </Empty>
          ) : (
            <DataTable
              label="Lineage events"
              rows={found.rows}
              columns={columns}
              more={found.more}
            />
          )
        }
      </Loaded>
      <EventDrawer eventId={filters.event} onClose={() => setFilter("event", null)} />
    </Stack>
  );
}

function EventDrawer({ eventId, onClose }: { eventId: string | undefined; onClose: () => void }) {
  const text = useQuery({
    queryKey: ["lineage event", Number(eventId)],
    queryFn: () => eventText(Number(eventId)),
    enabled: eventId !== undefined,
    staleTime: Infinity,
  });
  return (
    <Drawer
      opened={eventId !== undefined}
      onClose={onClose}
      title={`Event ${eventId}, OpenLineage`}
      position="right"
      size="xl"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Loaded query={text} lines={12}>
        {(json) => <RawJson label="The event as it was recorded" text={json} height={900} />}
      </Loaded>
    </Drawer>
  );
}

function columnsOf(onOpen: (eventId: number) => void): Columns<Event> {
  return [
    {
      header: "Event",
      cell: ({ row: { original: event } }) => (
        <UnstyledButton
          onClick={() => onOpen(event.eventId)}
          aria-label={`${event.eventType}: show event ${event.eventId}`}
        >
          <Status value={LOOKS[event.eventType]} label={event.eventType} />
        </UnstyledButton>
      ),
    },
    { header: "Of", cell: ({ row: { original: event } }) => event.jobName },
    {
      header: "When",
      cell: ({ row: { original: event } }) => <At at={event.createdAt} />,
    },
    {
      header: "Job",
      cell: ({ row: { original: event } }) =>
        event.jobId === undefined ? (
          "not of Atlas"
        ) : (
          <Text size="sm" span>
            <Anchor size="sm" underline="always" to={`/jobs/${event.jobId}`}>
              {event.jobId}
            </Anchor>
            , attempt {event.attempt}
          </Text>
        ),
    },
    {
      header: "Delivered",
      cell: ({ row: { original: event } }) =>
        event.deliveredAt === undefined ? "not yet" : <At at={event.deliveredAt} />,
    },
    { header: "Size", cell: ({ row: { original: event } }) => size(event.bytes) },
    {
      header: "Run",
      cell: ({ row: { original: event } }) => (
        <Text size="xs" ff="monospace">
          {event.streamRunId}
        </Text>
      ),
    },
  ];
}

import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useNavigate } from "react-router";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";
import { count } from "@/parts/words";
import { useMay } from "@/session/session";

import { JobPreview } from "../status/JobPreview";
import { named } from "./named";

type Generation = Schemas["GenerationView"];

export function Generations({ connection }: { connection: Schemas["ConnectionView"] }) {
  const mayRun = useMay("operator", connection.workspaceId) && connection.status === "active";
  const { connectionId } = connection;
  const query = $api.useQuery("get", "/v1/connections/{connectionId}/generations", {
    params: { path: { connectionId } },
  });
  const columns = useMemo<Columns<Generation>>(
    () => [
      ...COLUMNS,
      {
        id: "acts",
        header: "Acts",
        cell: ({ row: { original: one } }) =>
          mayRun && canComeBack(one) ? <BringBack id={connectionId} one={one} /> : null,
      },
    ],
    [connectionId, mayRun],
  );
  return (
    <Loaded query={query}>
      {({ data }) =>
        data.length === 0 ? (
          <Empty title="There is no generation yet.">
            The first job makes the first of each stream; a refresh or a full refresh makes another.
          </Empty>
        ) : (
          <DataTable label="Generations" rows={data} columns={columns} height={420} />
        )
      }
    </Loaded>
  );
}

/** One that chart showed once, does not now, and of which explore has all. */
const canComeBack = (one: Generation): boolean =>
  one.published && !one.shown && !one.removedFromExploreAt;

const COLUMNS: Columns<Generation> = [
  { header: "Stream", cell: ({ row }) => row.original.stream },
  { header: "Generation", cell: ({ row }) => row.original.generationId },
  {
    header: "Job",
    cell: ({ row: { original } }) => (
      <Anchor to={`/jobs/${original.jobId}`} size="sm">
        {original.jobId}
      </Anchor>
    ),
  },
  { header: "Records in explore", cell: ({ row }) => count(row.original.records) },
  { header: "Landed", cell: ({ row }) => <At at={row.original.landedTo} /> },
  { header: "Chart", cell: ({ row }) => <Shown one={row.original} /> },
];

function Shown({ one }: { one: Generation }) {
  if (one.shown) return <Status value="active" label="shown now" />;
  if (one.removedFromExploreAt) {
    return (
      <Text size="sm">
        out of explore <At at={one.removedFromExploreAt} />
      </Text>
    );
  }
  const again = one.sameAs == null ? "" : `, the same as ${one.sameAs}`;
  return <Text size="sm">{(one.published ? "was shown once" : "never shown") + again}</Text>;
}

function BringBack({ id, one }: { id: string; one: Generation }) {
  const navigate = useNavigate();
  const body: Schemas["JobCreate"] = {
    connectionId: id,
    jobType: "refresh",
    atlas: {
      streams: [named(one)],
      generation: one.generationId,
      removeHistory: false,
      swap: false,
    },
  };
  return (
    <Act
      size="compact-xs"
      variant="default"
      request={act("post", "/v1/jobs", { body })}
      done={(job) => `Job ${job.jobId} brings it back`}
      onDone={(job) => void navigate(`/jobs/${job.jobId}`)}
      confirm={{
        title: `Bring back generation ${one.generationId} of ${one.stream}`,
        label: "Bring it back",
        danger: true,
        typeName: one.stream,
        content: (
          <Stack gap="sm">
            <Text size="sm">
              Chart shows its {count(one.records)} records again, from explore; the source is not
              read.
            </Text>
            <JobPreview body={body} />
          </Stack>
        ),
      }}
    >
      Bring back
    </Act>
  );
}

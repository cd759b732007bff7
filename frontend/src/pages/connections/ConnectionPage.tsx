import { Badge, Group, Skeleton, Tabs } from "@mantine/core";
import { type ComponentType, lazy, Suspense } from "react";
import { useNavigate, useParams } from "react-router";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { Empty } from "@/parts/Empty";
import { Engine } from "@/parts/Engine";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { Status } from "@/parts/Status";
import { useMay } from "@/session/session";

type Connection = Schemas["ConnectionView"];
type Tab = ComponentType<{ connection: Connection }>;

const TABS: Record<string, { name: string; Tab: Tab }> = {
  status: {
    name: "Status",
    Tab: lazy(async () => ({ default: (await import("./status/StatusTab")).StatusTab })),
  },
  timeline: {
    name: "Timeline",
    Tab: lazy(async () => ({ default: (await import("./timeline/TimelineTab")).TimelineTab })),
  },
  streams: {
    name: "Streams",
    Tab: lazy(async () => ({ default: (await import("./streams/StreamsTab")).StreamsTab })),
  },
  schema: {
    name: "Schema",
    Tab: lazy(async () => ({ default: (await import("./schema/SchemaTab")).SchemaTab })),
  },
  state: {
    name: "State",
    Tab: lazy(async () => ({ default: (await import("./state/StateTab")).StateTab })),
  },
  schedule: {
    name: "Schedule",
    Tab: lazy(async () => ({ default: (await import("./schedule/ScheduleTab")).ScheduleTab })),
  },
  remote: {
    name: "Remote",
    Tab: lazy(async () => ({ default: (await import("./remote/RemoteTab")).RemoteTab })),
  },
  settings: {
    name: "Settings",
    Tab: lazy(async () => ({ default: (await import("./settings/SettingsTab")).SettingsTab })),
  },
};

export function ConnectionPage() {
  const { connectionId = "", tab = "status" } = useParams();
  const query = $api.useQuery(
    "get",
    "/v1/connections/{connectionId}",
    { params: { path: { connectionId } } },
    { refetchInterval: 30_000 },
  );
  const connection = query.data;
  return (
    <Page
      title={connection?.name ?? "Connection"}
      trail={[["Connections", "/connections"]]}
      mark={connection && <Marks connection={connection} />}
      about={connection && <About connection={connection} />}
      acts={connection && <SyncNow connection={connection} />}
    >
      <Loaded query={query} lines={8}>
        {(found) => <Body connection={found} tab={tab} />}
      </Loaded>
    </Page>
  );
}

function Body({ connection, tab }: { connection: Connection; tab: string }) {
  const navigate = useNavigate();
  const open = TABS[tab];
  const isElsewhere = connection.atlas.engine !== "local";
  if (!open) return <Empty title="There is no such tab." />;
  return (
    <Tabs
      value={tab}
      onChange={(to) => void navigate(`/connections/${connection.connectionId}/${to ?? "status"}`)}
      keepMounted={false}
    >
      <Tabs.List style={{ flexWrap: "nowrap", overflowX: "auto" }} aria-label="Of this connection">
        {Object.entries(TABS)
          .filter(([value]) => value !== "remote" || isElsewhere || tab === "remote")
          .map(([value, { name }]) => (
            <Tabs.Tab key={value} value={value}>
              {name}
            </Tabs.Tab>
          ))}
      </Tabs.List>
      <Tabs.Panel value={tab} pt="lg">
        <Suspense fallback={<Skeleton height={240} aria-hidden />}>
          <open.Tab connection={connection} />
        </Suspense>
      </Tabs.Panel>
    </Tabs>
  );
}

function Marks({ connection }: { connection: Connection }) {
  return (
    <Group gap={6}>
      <Status
        value={connection.status}
        label={connection.status === "inactive" ? "paused" : connection.status}
      />
      <Engine engine={connection.atlas.engine} />
      {connection.tags.map((tag) => (
        <Badge key={tag.tagId} variant="outline" tt="none" color="gray">
          {tag.name}
        </Badge>
      ))}
    </Group>
  );
}

function About({ connection }: { connection: Connection }) {
  const { data } = $api.useQuery("get", "/v1/sources/{sourceId}", {
    params: { path: { sourceId: connection.sourceId } },
  });
  if (!data) return null;
  return (
    <>
      From {data.name}, by{" "}
      <Anchor to={`/connectors?connector=source-${data.sourceType}`} size="sm">
        source-{data.sourceType}
      </Anchor>
    </>
  );
}

function SyncNow({ connection }: { connection: Connection }) {
  const mayRun = useMay("operator", connection.workspaceId);
  const navigate = useNavigate();
  if (!mayRun || connection.status !== "active") return null;
  return (
    <Act
      request={act("post", "/v1/jobs", {
        body: { connectionId: connection.connectionId, jobType: "sync" },
      })}
      done={(job) => `Job ${job.jobId} has begun`}
      onDone={(job) => void navigate(`/jobs/${job.jobId}`)}
    >
      Sync now
    </Act>
  );
}

import { Button, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo } from "react";
import { Link, useNavigate } from "react-router";

import { $api, answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { ConnectionFilter, useConnectionName } from "@/parts/ConnectionFilter";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { Status } from "@/parts/Status";
import { allows, useMaySomewhere, useSession } from "@/session/session";

import { RunNow } from "./RunNow";
import { runPath } from "./results";

type Transformation = Schemas["TransformationView"];

/** All transformations, and how each last went. */
export function Transformations() {
  const mayMake = useMaySomewhere("editor");
  const { roles } = useSession();
  const nameOf = useConnectionName();
  const navigate = useNavigate();
  const [{ connectionId }, setFilter] = useFilters("connectionId");
  const query = connectionId ? { connectionId } : {};
  const found = usePaged<Transformation>(
    ["transformations", query],
    (window) =>
      answered(api.GET("/v1/transformations", { params: { query: { ...query, ...window } } })),
    { refetchInterval: 10_000 },
  );
  const columns = useMemo<Columns<Transformation>>(
    () => [
      {
        header: "Transformation",
        cell: ({ row: { original: row } }) => (
          <Stack gap={2}>
            <Anchor to={`/transformations/${row.transformationId}`} fw={600} size="sm">
              {row.name}
            </Anchor>
            <Text size="xs" c="dimmed">
              {row.project}
              {row.select.length > 0 && `, ${row.select.join(" ")}`}
            </Text>
          </Stack>
        ),
      },
      {
        header: "Runs",
        cell: ({ row: { original: row } }) =>
          row.afterConnectionId ? (
            <span data-sentence>
              after{" "}
              <Anchor to={`/connections/${row.afterConnectionId}`} size="sm">
                {nameOf(row.afterConnectionId) ?? "a connection"}
              </Anchor>
            </span>
          ) : (
            "when somebody asks"
          ),
      },
      {
        header: "Last run",
        cell: ({ row }) => <LastRun transformationId={row.original.transformationId} />,
      },
      {
        header: "Failed tests",
        cell: ({ row }) => (row.original.blocksOnFailedTests ? "block" : "warn"),
      },
      {
        header: "Status",
        cell: ({ row: { original: row } }) => (
          <Status value={row.status} label={row.status === "inactive" ? "paused" : row.status} />
        ),
      },
      {
        header: "Acts",
        cell: ({ row: { original: row } }) =>
          allows(roles, "operator", row.workspaceId) && row.status === "active" ? (
            <RunNow
              transformation={row}
              size="compact-sm"
              variant="light"
              onDone={(run) => void navigate(runPath(run))}
            />
          ) : null,
      },
    ],
    [roles, nameOf, navigate],
  );
  return (
    <Page
      title="Transformations"
      about="dbt projects, built after each successful job of a connection or when somebody asks."
      acts={
        mayMake && (
          <Button component={Link} to="/transformations/new" leftSection={<IconPlus size={16} />}>
            New transformation
          </Button>
        )
      }
    >
      <ConnectionFilter
        label="After"
        value={connectionId}
        onChange={(id) => setFilter("connectionId", id)}
      />
      <Loaded query={found} lines={8}>
        {() =>
          found.rows.length ? (
            <DataTable
              label="Transformations"
              rows={found.rows}
              columns={columns}
              rowHeight={58}
              more={found.more}
            />
          ) : (
            <Empty title={connectionId ? "None follows this connection." : "No transformation yet"}>
              A dbt project under <code>ATLAS_DBT_PROJECTS</code> becomes one: its models are then
              built, tested and seen here.
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

function LastRun({ transformationId }: { transformationId: string }) {
  const { data, error } = $api.useQuery(
    "get",
    "/v1/transformation-runs",
    { params: { query: { transformationId, limit: 1 } } },
    { refetchInterval: 5_000 },
  );
  if (error) return <Text size="sm">could not be read</Text>;
  if (!data) return null;
  const run = data.data[0];
  if (!run) return <Text size="sm">none yet</Text>;
  return (
    <Stack gap={2}>
      <Anchor to={runPath(run)} size="sm">
        <Status value={run.status} />
      </Anchor>
      <Text size="xs" c="dimmed">
        <At at={run.endedAt ?? run.startedAt ?? run.createdAt} />
      </Text>
    </Stack>
  );
}

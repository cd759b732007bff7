import { Button, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo } from "react";
import { Link } from "react-router";

import { $api, type Schemas } from "@/api/client";
import { DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { many } from "@/parts/words";
import { allows, useMaySomewhere, useSession } from "@/session/session";

import { ConnectionFilters, FILTERS } from "./ConnectionFilters";
import { connectionColumns, type Tagged } from "./connectionColumns";
import { useConnectionNames } from "./schedule/useConnectionNames";
import { useOverview } from "./useOverview";

/** All connections: how each stands, when it ran and will run, how fresh it is. */
export function Connections() {
  const mayMake = useMaySomewhere("editor");
  const session = useSession();
  const [filters, setFilter] = useFilters(...FILTERS);
  const tags = $api.useQuery("get", "/v1/tags", {});
  const known = tags.data?.data ?? [];
  const found = useOverview({
    ...(filters.name ? { name: filters.name } : {}),
    ...(filters.trouble ? { trouble: filters.trouble as Schemas["TroubleWish"] } : {}),
    ...(filters.tag ? { tagIds: [filters.tag] } : {}),
    ...(filters.status ? { status: filters.status as Schemas["ConnectionStatus"] } : {}),
  });

  const hasTags = known.length > 0;
  // the overview says nothing of tags: the connections are asked for only where there are any
  const connections = useConnectionNames(hasTags);
  const rows = useMemo<Tagged[]>(() => {
    const byId = new Map(connections.data?.map((one) => [one.connectionId, one.tags]));
    return found.rows.map((row) => ({ ...row, tags: byId.get(row.connectionId) }));
  }, [found.rows, connections.data]);
  const columns = useMemo(
    () => connectionColumns((row) => allows(session.roles, "operator", row.workspaceId), hasTags),
    [session, hasTags],
  );
  const isFiltered = FILTERS.some((name) => filters[name]);

  return (
    <Page
      title="Connections"
      about="A connection is a source and what is chosen of it, brought through explore, chart and navigate. The worst come first."
      acts={
        mayMake && (
          <Button component={Link} to="/connections/new" leftSection={<IconPlus size={16} />}>
            New connection
          </Button>
        )
      }
    >
      <ConnectionFilters filters={filters} setFilter={setFilter} tags={known} />
      <Loaded query={{ data: found.data && rows, error: found.error }} lines={10}>
        {(shown) =>
          shown.length === 0 ? (
            <Empty title={isFiltered ? "No connection matches." : "There is no connection yet."}>
              {isFiltered
                ? "Take a filter away."
                : "A connector from the catalogue and a few answers make the first one."}
            </Empty>
          ) : (
            <>
              <Text size="sm" c="dimmed" role="status">
                {many(shown.length, "connection")}
                {found.hasNextPage ? " so far" : ""}
              </Text>
              <DataTable
                label="Connections"
                rows={shown}
                columns={columns}
                rowHeight={66}
                more={found.more}
              />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

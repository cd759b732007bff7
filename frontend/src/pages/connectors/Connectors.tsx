import { Tabs, Text, UnstyledButton } from "@mantine/core";
import { useMemo } from "react";

import type { More } from "@/api/paging";
import { act } from "@/api/request";
import { RemotesPanel } from "@/pages/remotes/RemotesPanel";
import { Act } from "@/parts/Act";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { count, many, spoken } from "@/parts/words";
import { useMayEverywhere } from "@/session/session";

import { ConnectorDrawer } from "./ConnectorDrawer";
import { ConnectorFilters, FILTERS } from "./ConnectorFilters";
import { RunsHere } from "./Runs";
import { useConnectors } from "./useConnectors";
import type { Connector, Way } from "./ways";

/** What there is to connect. A tab a kind: Airbyte's connectors run here, or an Airbyte elsewhere runs them. */
export function Connectors() {
  const mayRefresh = useMayEverywhere("admin");
  const [filters, setFilter] = useFilters(...FILTERS, "connector", "tab");
  const { connector: opened, installed, tab, ...asked } = filters;
  const found = useConnectors({
    ...asked,
    runs: asked.runs as Way | undefined,
    installed: installed === "true" || undefined,
  });
  const { catalogue } = found;

  return (
    <Page
      title="Connectors"
      about={
        catalogue && (
          <>
            {many(catalogue.connectors, "connector")} of Airbyte's{" "}
            {catalogue.origin === "live"
              ? `own list, fetched as of ${catalogue.dated}.`
              : `list, as it came with Atlas, of ${catalogue.dated}.`}
          </>
        )
      }
      acts={
        mayRefresh && (
          <Act
            variant="default"
            request={act("post", "/v1/connectors/refresh", {})}
            done={(list) =>
              `Airbyte's list of ${list.dated} has ${count(list.connectors)} connectors`
            }
          >
            Fetch Airbyte's list
          </Act>
        )
      }
    >
      <Tabs
        value={tab === "remotes" ? tab : "airbyte"}
        onChange={(value) => setFilter("tab", value === "remotes" ? value : null)}
        keepMounted={false}
      >
        <Tabs.List>
          <Tabs.Tab value="airbyte">Airbyte, by PyAirbyte</Tabs.Tab>
          <Tabs.Tab value="remotes">Airbyte elsewhere</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="remotes" pt="md">
          <RemotesPanel />
        </Tabs.Panel>
        <Tabs.Panel value="airbyte" pt="md">
          <ConnectorFilters filters={filters} setFilter={setFilter} />
          <Text size="sm" c="dimmed" my="xs" role="status">
            {found.matches !== undefined &&
              `${many(found.matches, "match", "matches")}${filters.q ? ", the best first" : ""}`}
          </Text>
          <Catalogue
            found={found}
            isInstalled={installed === "true"}
            onOpen={(name) => setFilter("connector", name)}
          />
        </Tabs.Panel>
      </Tabs>
      <ConnectorDrawer name={opened} onClose={() => setFilter("connector", null)} />
    </Page>
  );
}

function Catalogue({
  found,
  isInstalled,
  onOpen,
}: {
  found: ReturnType<typeof useConnectors>;
  isInstalled: boolean;
  onOpen: Open;
}) {
  if (found.error && found.rows.length === 0) return <ProblemAlert problem={found.error} />;
  return (
    <Loaded query={{ data: found.data && found.rows, error: found.error }} lines={12}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty title="No connector matches.">
            {isInstalled
              ? "Open one that can be installed; the first sync of a connection installs it too."
              : "Take a filter away, or look for another word."}
          </Empty>
        ) : (
          <List rows={rows} onOpen={onOpen} more={found.more} />
        )
      }
    </Loaded>
  );
}

type Open = (name: string) => void;

function List({ rows, onOpen, more }: { rows: Connector[]; onOpen: Open; more: More }) {
  const columns = useMemo<Columns<Connector>>(
    () => [
      {
        header: "Connector",
        cell: ({ row: { original } }) => (
          <UnstyledButton onClick={() => onOpen(original.name)}>
            <Text size="sm" fw={600} c="petrol">
              {original.title}
            </Text>
            <Text size="xs" c="dimmed">
              {original.name}
            </Text>
          </UnstyledButton>
        ),
      },
      { header: "Here", cell: ({ row }) => <RunsHere connector={row.original} /> },
      { header: "Kind", cell: ({ row }) => row.original.kind ?? "–" },
      { header: "Language", cell: ({ row }) => row.original.language ?? "–" },
      { header: "Support", cell: ({ row }) => row.original.supportLevel ?? "–" },
      { header: "Release", cell: ({ row }) => spoken(row.original.releaseStage ?? "–") },
    ],
    [onOpen],
  );
  return (
    <DataTable
      label="Connectors"
      rows={rows}
      columns={columns}
      rowHeight={52}
      {...(more ? { more } : {})}
    />
  );
}

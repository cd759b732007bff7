import { Group, Stack, Tabs, Title } from "@mantine/core";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import { ConnectionFilter, useConnections } from "@/parts/ConnectionFilter";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { NamespaceFilter } from "@/parts/NamespaceFilter";
import { Page } from "@/parts/Page";
import { TextFilter } from "@/parts/TextFilter";
import { spoken } from "@/parts/words";

import { ByStream } from "./ByStream";
import { MEANING, STATUSES } from "./counts";
import { RecordList } from "./RecordList";
import { ReplayProgress } from "./ReplayProgress";
import { RuleTable } from "./RuleTable";
import { Terms } from "./Terms";

const BOUNDARIES: Schemas["Boundary"][] = ["explore", "chart"];

export function Quarantine() {
  const [filters, setFilter] = useFilters(
    "view",
    "connectionId",
    "stream",
    "namespace",
    "boundary",
    "rule",
    "status",
    "jobId",
    "replay",
  );
  const { connectionId } = filters;
  const connection = useConnections().data?.find((one) => one.connectionId === connectionId);
  const view = filters.view === "streams" || filters.view === "terms" ? filters.view : "records";
  return (
    <Page
      title="Quarantine"
      about="Records that were kept out, with rule and reason. They can be corrected, left out for good, or replayed to their own places."
    >
      {filters.replay && (
        <ReplayProgress jobId={Number(filters.replay)} onClose={() => setFilter("replay", null)} />
      )}
      <Group align="flex-end">
        <ConnectionFilter value={connectionId} onChange={(id) => setFilter("connectionId", id)} />
        {view === "records" && <RecordFilters filters={filters} setFilter={setFilter} />}
      </Group>
      <Tabs
        value={view}
        keepMounted={false}
        onChange={(value) => setFilter("view", value === "records" ? null : value)}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="records">Rules and records</Tabs.Tab>
          <Tabs.Tab value="streams">By stream</Tabs.Tab>
          <Tabs.Tab value="terms">Limit and waivers</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="records">
          <Records filters={filters} onReplay={(jobId) => setFilter("replay", String(jobId))} />
        </Tabs.Panel>
        <Tabs.Panel value="streams">
          {connection ? <ByStream connection={connection} /> : <ChooseConnection />}
        </Tabs.Panel>
        <Tabs.Panel value="terms">
          {connectionId ? (
            <Terms key={connectionId} connectionId={connectionId} />
          ) : (
            <ChooseConnection />
          )}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

type RecordFilter = "stream" | "namespace" | "rule" | "status" | "boundary" | "jobId";

function RecordFilters({
  filters,
  setFilter,
}: {
  filters: Record<RecordFilter, string | undefined>;
  setFilter: (name: RecordFilter, value: string | null) => void;
}) {
  return (
    <>
      <TextFilter
        label="Stream"
        w={160}
        value={filters.stream}
        onChange={(text) => setFilter("stream", text)}
      />
      <NamespaceFilter
        value={filters.namespace}
        onChange={(namespace) => setFilter("namespace", namespace)}
      />
      <TextFilter
        label="Rule"
        w={180}
        value={filters.rule}
        onChange={(text) => setFilter("rule", text)}
      />
      <ChoiceFilter
        label="Status"
        data={STATUSES.map((value) => ({ value, label: spoken(value) }))}
        description={STATUSES.filter((one) => one === filters.status).map((one) => MEANING[one])[0]}
        inputWrapperOrder={["label", "input", "description"]}
        value={filters.status}
        onChange={(value) => setFilter("status", value)}
      />
      <ChoiceFilter
        label="Kept out of"
        placeholder="Either"
        data={BOUNDARIES}
        value={filters.boundary}
        onChange={(value) => setFilter("boundary", value)}
      />
      <TextFilter
        label="Job"
        w={110}
        value={filters.jobId}
        onChange={(text) => setFilter("jobId", text.replaceAll(/\D/g, ""))}
      />
    </>
  );
}

function ChooseConnection() {
  return (
    <Empty title="Choose a connection.">
      Its streams, its limit and the rules that are waived are shown then.
    </Empty>
  );
}

type Filters = Record<
  "connectionId" | "stream" | "namespace" | "boundary" | "rule" | "status" | "jobId",
  string | undefined
>;

function Records({ filters, onReplay }: { filters: Filters; onReplay: (jobId: number) => void }) {
  const { connectionId, stream, namespace, rule } = filters;
  const query = {
    connectionId,
    stream,
    namespace,
    rule,
    boundary: BOUNDARIES.find((one) => one === filters.boundary),
    status: STATUSES.find((one) => one === filters.status),
    jobId: filters.jobId ? Number(filters.jobId) : undefined,
  };
  const found = usePaged<Schemas["RecordView"], Schemas["RecordPage"]>(
    ["quarantine", query],
    (window, pinned) =>
      answered(
        api.GET("/v1/quarantine", { params: { query: { ...query, ...pinned, ...window } } }),
      ),
    { refetchInterval: 15_000 },
  );
  const isNarrowed = Object.values(query).some(Boolean);
  // a replay chooses by stream and rule, so a list that is narrowed otherwise has no "all"
  const whole =
    connectionId && !query.boundary && !query.status && !query.jobId
      ? {
          connectionId,
          ...(stream ? { stream } : {}),
          ...(namespace ? { namespace } : {}),
          ...(rule ? { rule } : {}),
        }
      : undefined;
  return (
    <Loaded query={found} lines={8}>
      {() =>
        found.rows.length === 0 ? (
          <Empty title={isNarrowed ? "No record is like this." : "Nothing is in quarantine."}>
            {isNarrowed ? (
              <Anchor to="/quarantine">Show all of quarantine</Anchor>
            ) : (
              "A record comes here when explore cannot take it, or when its row breaks a rule of chart."
            )}
          </Empty>
        ) : (
          <Stack gap="lg">
            <Title order={2} size="h4">
              Rules
            </Title>
            <RuleTable
              label="Rules by status"
              counts={found.first?.rules ?? []}
              filters={{ connectionId, stream, namespace, jobId: filters.jobId }}
            />
            <Title order={2} size="h4">
              Records
            </Title>
            <RecordList
              key={connectionId}
              rows={found.rows}
              connectionId={connectionId}
              whole={whole}
              onReplay={onReplay}
              more={found.more}
            />
          </Stack>
        )
      }
    </Loaded>
  );
}

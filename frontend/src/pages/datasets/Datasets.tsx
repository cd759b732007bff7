import { Badge, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import { ConnectionFilter } from "@/parts/ConnectionFilter";
import { type Columns, DataTable } from "@/parts/DataTable";
import { datasetPath, datasetTitle, listPath } from "@/parts/datasets";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { TextFilter } from "@/parts/TextFilter";
import { count } from "@/parts/words";

type Dataset = Schemas["DatasetView"];

const LAYERS: Schemas["Layer"][] = ["explore", "chart", "navigate"];

export function Datasets() {
  const [filters, setFilter] = useFilters("q", "tag", "owner", "connectionId", "layer");
  const query = {
    ...filters,
    layer: LAYERS.find((layer) => layer === filters.layer),
  };
  const found = usePaged(["datasets", query], (window) =>
    answered(api.GET("/v1/datasets", { params: { query: { ...query, ...window } } })),
  );
  const isNarrowed = Object.values(filters).some(Boolean);
  return (
    <Page
      title="Datasets"
      about="The tables that streams became: explore as it was sent, chart typed and masked, navigate with its history."
    >
      <Group align="flex-end">
        <TextFilter
          label="Name, description or tag"
          value={filters.q}
          onChange={(text) => setFilter("q", text)}
        />
        <ConnectionFilter
          value={filters.connectionId}
          onChange={(id) => setFilter("connectionId", id)}
        />
        <ChoiceFilter
          label="Layer"
          data={LAYERS}
          value={filters.layer}
          onChange={(layer) => setFilter("layer", layer)}
        />
        <TextFilter
          label="Tag"
          w={150}
          value={filters.tag}
          onChange={(text) => setFilter("tag", text)}
        />
        <TextFilter
          label="Owner"
          w={150}
          value={filters.owner}
          onChange={(text) => setFilter("owner", text)}
        />
      </Group>
      <Loaded query={found} lines={8}>
        {() =>
          found.rows.length === 0 ? (
            <Empty title={isNarrowed ? "No dataset is like this." : "There are no datasets yet."}>
              {isNarrowed ? (
                <Anchor to="/datasets">Show all datasets</Anchor>
              ) : (
                <>
                  A connection brings one for each of its streams:{" "}
                  <Anchor to="/connections/new">make a connection</Anchor>.
                </>
              )}
            </Empty>
          ) : (
            <DataTable label="Datasets" rows={found.rows} columns={COLUMNS} more={found.more} />
          )
        }
      </Loaded>
    </Page>
  );
}

const COLUMNS: Columns<Dataset> = [
  {
    header: "Dataset",
    cell: ({ row: { original: dataset } }) => (
      <Stack gap={0}>
        <Anchor to={datasetPath(dataset)} size="sm" fw={600}>
          {datasetTitle(dataset)}
        </Anchor>
        {dataset.description && (
          <Text size="xs" c="dimmed" lineClamp={1} maw={360}>
            {dataset.description}
          </Text>
        )}
      </Stack>
    ),
  },
  {
    header: "Connection",
    cell: ({ row: { original: dataset } }) => (
      <Anchor to={`/connections/${dataset.connectionId}`} size="sm">
        {dataset.connection}
      </Anchor>
    ),
  },
  {
    header: "Rows in chart",
    cell: ({ row: { original: dataset } }) => (
      <Anchor to={datasetPath(dataset, "sample")} size="sm">
        <Rows rows={dataset.rows} estimated={dataset.rowsEstimated} />
      </Anchor>
    ),
  },
  {
    header: "Columns",
    cell: ({ row: { original: dataset } }) => (
      <Anchor to={datasetPath(dataset)} size="sm">
        {count(dataset.columns)}
      </Anchor>
    ),
  },
  {
    header: "Data as of",
    cell: ({ row: { original: dataset } }) => <At at={dataset.freshness.extractedAt} />,
  },
  { header: "Layers", cell: ({ row: { original: dataset } }) => dataset.layers.join(" · ") || "–" },
  {
    header: "Tags",
    cell: ({ row: { original: dataset } }) => <Marks name="tag" values={dataset.tags} />,
  },
  {
    header: "Owners",
    cell: ({ row: { original: dataset } }) => <Marks name="owner" values={dataset.owners} />,
  },
];

/** Tags or owners; each leads to the datasets that have it. */
function Marks({ name, values }: { name: "tag" | "owner"; values: string[] }) {
  return (
    <Group gap={4} wrap="nowrap">
      {values.map((value) => (
        <Badge
          key={value}
          component={Link}
          to={listPath("/datasets", { [name]: value })}
          variant="default"
          tt="none"
          style={{ cursor: "pointer" }}
          aria-label={`Datasets with the ${name} ${value}`}
        >
          {value}
        </Badge>
      ))}
    </Group>
  );
}

import { Alert, Group, NumberInput, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { answered, api } from "@/api/client";
import { everything } from "@/api/everything";
import { Anchor } from "@/parts/Anchor";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import { type Columns, DataTable } from "@/parts/DataTable";
import { datasetPath, datasetTitle, listPath } from "@/parts/datasets";
import { Empty } from "@/parts/Empty";
import { Figure } from "@/parts/Figure";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { Share } from "@/parts/Share";
import { count, percent } from "@/parts/words";

import { Change } from "./Change";
import type { OfChecks } from "./Checks";
import { ScoreSpark } from "./ScoreSpark";
import { byDimension, DIMENSIONS, lowestFirst, type Score } from "./scores";
import { Trend } from "./Trend";

/** All scores, the lowest first, and the lowest of each dimension. */
export function Scores({ of }: { of: OfChecks }) {
  const [filters, setFilter] = useFilters("dimension", "below");
  const { connectionId, stream, namespace } = of;
  const below = filters.below === undefined ? undefined : Number(filters.below) / 100;
  const query = { connectionId, stream, below };
  const found = useQuery({
    queryKey: ["scores", query],
    queryFn: () =>
      everything((window) =>
        answered(api.GET("/v1/quality", { params: { query: { ...query, ...window } } })),
      ),
  });
  return (
    <>
      <Group align="flex-end">
        <ChoiceFilter
          label="Dimension"
          placeholder="All"
          w={170}
          data={DIMENSIONS}
          value={filters.dimension}
          onChange={(value) => setFilter("dimension", value)}
        />
        <NumberInput
          label="Scores below"
          placeholder="any"
          suffix=" %"
          min={0}
          max={100}
          w={130}
          value={filters.below ?? ""}
          onChange={(value) => setFilter("below", value === "" ? null : String(value))}
        />
      </Group>
      {connectionId && stream && <Trend dataset={{ connectionId, stream, namespace }} />}
      <Loaded query={found} lines={8}>
        {({ rows, isCut }) => {
          const all = namespace ? rows.filter((score) => score.namespace === namespace) : rows;
          const shown = lowestFirst(
            filters.dimension ? all.filter((one) => one.dimension === filters.dimension) : all,
          );
          return (
            <Stack>
              {isCut && (
                <Alert color="yellow" title="There are more scores than are shown">
                  The first {count(rows.length)} were read. Narrow them by a connection.
                </Alert>
              )}
              <Cards scores={all} of={of} />
              {shown.length === 0 ? (
                <Empty
                  title={
                    below === undefined ? "Nothing was measured yet." : "No score is that low."
                  }
                >
                  Each job measures what it publishes.
                </Empty>
              ) : (
                <DataTable
                  label="Scores, the lowest first"
                  rows={shown}
                  columns={COLUMNS}
                  sortable
                />
              )}
            </Stack>
          );
        }}
      </Loaded>
    </>
  );
}

function Cards({ scores, of }: { scores: Score[]; of: OfChecks }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
      {byDimension(scores).map(({ dimension, lowest, measured, unmeasured, method }) => (
        <Figure
          key={dimension}
          label={dimension}
          value={lowest?.score === undefined ? "not measured" : percent(lowest.score)}
          to={listPath("/quality", { ...of, dimension })}
          note={
            <>
              {lowest && (
                <>
                  <Group gap="xs" component="span">
                    <ScoreSpark dataset={lowest} dimension={dimension} />
                    <Change change={lowest.change} />
                  </Group>
                  the lowest, of {datasetTitle(lowest)} over {count(lowest.measured)};{" "}
                </>
              )}
              measured in {count(measured)} {measured === 1 ? "dataset" : "datasets"}
              {unmeasured > 0 && `, not in ${count(unmeasured)}`}
              {method && (
                <>
                  <br />
                  {method}
                </>
              )}
            </>
          }
        />
      ))}
    </SimpleGrid>
  );
}

const COLUMNS: Columns<Score> = [
  {
    header: "Dataset",
    accessorFn: (score) => datasetTitle(score),
    cell: ({ row: { original: score } }) => (
      <Anchor size="sm" to={datasetPath(score, "quality")}>
        {datasetTitle(score)}
      </Anchor>
    ),
  },
  {
    header: "Connection",
    accessorKey: "connection",
    cell: ({ row: { original: score } }) => (
      <Anchor size="sm" to={`/connections/${score.connectionId}`}>
        {score.connection}
      </Anchor>
    ),
  },
  { header: "Dimension", accessorKey: "dimension" },
  {
    header: "Score",
    accessorFn: (score) => score.score ?? 2,
    cell: ({ row: { original: score } }) =>
      score.score === undefined ? (
        <Text size="sm" c="dimmed">
          not measured
        </Text>
      ) : (
        <Share share={score.score} label={score.method} />
      ),
  },
  {
    header: "Change",
    accessorFn: (score) => score.change ?? 0,
    cell: ({ row: { original: score } }) =>
      score.score === undefined ? "–" : <Change change={score.change} />,
  },
  {
    header: "Measured over",
    accessorKey: "measured",
    cell: ({ row: { original: score } }) => (
      <Text size="sm" title={score.method}>
        {count(score.measured)}
      </Text>
    ),
  },
  {
    header: "Job",
    accessorKey: "jobId",
    cell: ({ row: { original: score } }) => (
      <Anchor size="sm" to={`/jobs/${score.jobId}`}>
        {score.jobId}
      </Anchor>
    ),
  },
];

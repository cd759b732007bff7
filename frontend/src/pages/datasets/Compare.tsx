import { Checkbox, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, type Schemas } from "@/api/client";
import { answeredExactly } from "@/api/exact";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { datasetPath } from "@/parts/datasets";
import { Empty } from "@/parts/Empty";
import { ListTable } from "@/parts/ListTable";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { MaskSign, ValuesTable, ValueText } from "@/parts/ValuesTable";

import { columnsIn, maskedColumns } from "./columns";
import type { TabProps } from "./DatasetPage";
import { currentOf, sideBySide } from "./sideBySide";

type Row = Record<string, unknown>;
type Place = Schemas["PlaceView"];

const MOST = 5;
const nameOf = (place: Place): string => `${place.batchId}.${place.seq}`;

/** Rows of chart to choose from, and each that is chosen in all three layers. */
export function Compare({
  dataset,
  sample,
  maySeeExplore,
}: TabProps & { sample: Schemas["SampleView"]; maySeeExplore: boolean }) {
  const [chosen, setChosen] = useState<string[]>([]);
  const rows = sample.rows ?? [];
  const places = new Map(rows.map((row, number) => [row, sample.places?.[number]]));
  const isFull = chosen.length >= MOST;
  if (rows.length === 0) return <Empty title={`${sample.table} has no rows.`} />;
  const asked = rows.flatMap((row) => {
    const place = places.get(row);
    return place && chosen.includes(nameOf(place)) ? [{ row, place }] : [];
  });
  return (
    <Stack>
      <ValuesTable
        label={`Rows of ${sample.table} to compare`}
        rows={rows}
        columns={columnsIn(dataset, rows)}
        masked={maskedColumns(dataset)}
        lead={{
          header: "Compare",
          cell: (row) => {
            const place = places.get(row);
            if (!place) return null;
            const name = nameOf(place);
            const isChosen = chosen.includes(name);
            return (
              <Checkbox
                aria-label={`Compare record ${place.seq} of batch ${place.batchId}`}
                checked={isChosen}
                disabled={isFull && !isChosen}
                onChange={() =>
                  setChosen(isChosen ? chosen.filter((one) => one !== name) : [...chosen, name])
                }
              />
            );
          },
        }}
      />
      {asked.length === 0 && (
        <Text size="sm">Choose up to {MOST} rows: each is shown as every layer has it.</Text>
      )}
      {asked.map(({ row, place }) => (
        <OneRecord
          key={nameOf(place)}
          dataset={dataset}
          chart={row}
          place={place}
          maySeeExplore={maySeeExplore}
        />
      ))}
    </Stack>
  );
}

function OneRecord({
  dataset,
  chart,
  place,
  maySeeExplore,
}: TabProps & { chart: Row; place: Place; maySeeExplore: boolean }) {
  const { connectionId, stream, namespace } = dataset;
  const { batchId, seq, keyHash } = place;
  const of = { path: { connectionId, stream }, query: namespace ? { namespace } : {} };
  const raw = useQuery({
    queryKey: ["record", connectionId, stream, namespace, batchId, seq],
    queryFn: () =>
      answeredExactly<Schemas["SampleView"]>(
        api.GET("/v1/datasets/{connectionId}/{stream}/sample", {
          parseAs: "text",
          params: { ...of, query: { ...of.query, layer: "explore", batchId, seq } },
        }),
      ),
    // each look is written into the audit trail: one is enough for as long as the record is shown
    enabled: maySeeExplore,
    staleTime: "static",
    gcTime: 0,
    retry: false,
  });
  const passport = useQuery({
    queryKey: ["passport exactly", connectionId, stream, namespace, keyHash],
    queryFn: () =>
      answeredExactly<Schemas["PassportView"]>(
        api.POST("/v1/datasets/{connectionId}/{stream}/passport", {
          parseAs: "text",
          params: of,
          body: { keyHash: keyHash ?? "", withSource: false },
        }),
      ),
    enabled: Boolean(keyHash),
    retry: false,
  });
  const record = raw.data?.records?.[0];
  const version = currentOf(passport.data?.versions);
  const compared = sideBySide(dataset.columns, {
    explore: record?.text,
    chart,
    navigate: version?.values,
  });
  const masked = maskedColumns(dataset);
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={3} size="h5">
          Record {seq} of batch {batchId}
        </Title>
        <Text size="sm" c="dimmed">
          {aboutExplore(maySeeExplore, raw.isSuccess, record !== undefined)}{" "}
          {aboutNavigate(Boolean(keyHash), passport.isSuccess, version, place)}
          {version && (
            <>
              {" "}
              valid from <At at={version.validFrom} exact />.
            </>
          )}
        </Text>
        {keyHash && (
          <Anchor size="sm" to={datasetPath(dataset, "passport", { key: keyHash })}>
            Its passport
          </Anchor>
        )}
        <ProblemAlert problem={raw.error ?? passport.error} />
        <ListTable
          label={`Record ${seq} of batch ${batchId} in three layers`}
          minWidth={640}
          heads={[{ text: "Column", w: 170 }, "Explore, as it was sent", "Chart", "Navigate"]}
          withTableBorder
          striped
          layout="fixed"
          verticalSpacing={4}
          fz="sm"
        >
          {compared.map((one) => (
            <Table.Tr key={`${one.isColumn} ${one.name}`}>
              <Table.Th scope="row" fw={500}>
                {one.name} {masked.has(one.name) && <MaskSign />}
                {!one.isColumn && (
                  <Text span size="xs" c="dimmed">
                    {" "}
                    no column
                  </Text>
                )}
              </Table.Th>
              <Cell isThere={record !== undefined} value={one.explore} />
              <Cell isThere={one.isColumn} value={one.chart} />
              <Cell isThere={one.isColumn && version !== undefined} value={one.navigate} />
            </Table.Tr>
          ))}
        </ListTable>
      </Stack>
    </Paper>
  );
}

/** A layer that was not read has no values to show, which is not null. */
function Cell({ isThere, value }: { isThere: boolean; value: unknown }) {
  return <Table.Td>{isThere ? <ValueText value={value} /> : "–"}</Table.Td>;
}

function aboutExplore(maySee: boolean, isKnown: boolean, isThere: boolean): string {
  if (!maySee) return "Explore is shown to an admin only: its records are not masked.";
  if (!isKnown) return "";
  if (!isThere) return "Explore has the record no more.";
  return "This look at explore was written into the audit trail.";
}

function aboutNavigate(
  hasKey: boolean,
  isKnown: boolean,
  version: Schemas["VersionView"] | undefined,
  place: Place,
): string {
  if (!hasKey) return "Without a primary key the stream has no versions in navigate.";
  if (!isKnown) return "";
  if (!version) return "Navigate has no current version of it.";
  const isSame = version.batchId === place.batchId && version.seq === place.seq;
  return isSame
    ? "Navigate's current version is of the same record,"
    : `Navigate's current version is of record ${version.seq} of batch ${version.batchId},`;
}

import { Divider, Group, Select, Stack, Text, Title } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { useContract } from "@/parts/contract";
import { datasetPath, listPath } from "@/parts/datasets";
import { Decision } from "@/parts/Decision";
import { Facts } from "@/parts/Facts";
import { Overtaken } from "@/parts/Overtaken";
import { useMayOn } from "@/parts/useMayOn";
import { count, percent } from "@/parts/words";

import { ColumnChecks } from "./ColumnChecks";
import { ColumnLineage } from "./ColumnLineage";
import { Distinct } from "./ColumnsTab";
import type { TabProps } from "./DatasetPage";
import { Histogram } from "./Histogram";
import type { ProfiledColumn } from "./profiled";
import { TopValues } from "./TopValues";

/** Everything that is known of one column, and where more of it is. `tag` is that of the list of columns. */
export function ColumnDetails({
  dataset,
  column,
  tag,
}: TabProps & { column: ProfiledColumn; tag: string | undefined }) {
  const { connectionId, stream, namespace } = dataset;
  return (
    <Stack>
      <Facts
        cols={{ base: 1, xs: 2 }}
        facts={[
          ["Type", column.type],
          ["Field in the source", column.path.join(".")],
          ["Called before", column.place?.formerly.map((path) => path.join(".")).join(", ")],
          ["Since schema version", column.place?.sinceVersion],
          ["Required", column.required ? "yes" : "no"],
          ["Part of the primary key", column.isKey ? "yes" : null],
          ["Cursor field", column.isCursor ? "yes" : null],
          ["Misfits stand in", column.place?.variant],
        ]}
      />
      <Section title="In chart">
        <Facts cols={{ base: 1, xs: 2 }} facts={inChart(column)} />
        <Histogram column={column} />
        {column.valuesShown && (column.top?.length || !column.spread) && (
          <TopValues column={column} most={20} />
        )}
      </Section>
      {column.arrived && (
        <Section title="As it arrived, replaced rows included">
          <Facts cols={{ base: 1, xs: 2 }} facts={arrived(column.arrived)} />
        </Section>
      )}
      <Section title="Personal data">
        {column.decision ? (
          <Stack gap={4}>
            <Decision decision={column.decision} />
            {column.decision.path.join(".") !== column.path.join(".") && (
              <Text size="sm">
                Decided of <code>{column.decision.path.join(".")}</code>, which holds this column.
              </Text>
            )}
          </Stack>
        ) : (
          <Text size="sm">
            {column.type === "jsonb"
              ? "Nothing was decided of it as a whole: its parts are decided, each by its path."
              : "Nothing was decided of it yet: a job that brings values decides."}
          </Text>
        )}
        <Anchor
          size="sm"
          to={listPath("/personal-data", {
            connectionId,
            stream,
            namespace,
            ...(column.decision
              ? { path: JSON.stringify(column.decision.path) }
              : { q: column.path.join(".") }),
          })}
        >
          Evidence and history of the decision
        </Anchor>
      </Section>
      <Section title="Quality">
        <ColumnChecks dataset={dataset} column={column.name} />
      </Section>
      <Section title="Lineage">
        <ColumnLineage dataset={dataset} column={column.name} />
      </Section>
      {column.place && (
        <Contract key={column.name} dataset={dataset} place={column.place} tag={tag} />
      )}
      <Group>
        <Anchor
          size="sm"
          to={listPath("/quality", {
            view: "checks",
            connectionId,
            stream,
            namespace,
            column: column.name,
          })}
        >
          All results of its checks
        </Anchor>
        <Anchor size="sm" to={datasetPath(dataset, "lineage")}>
          The dataset&apos;s lineage
        </Anchor>
        <Anchor
          size="sm"
          to={listPath("/quarantine", {
            connectionId,
            stream,
            namespace,
            rule: `type:${column.name}`,
          })}
        >
          Records kept out for its type
        </Anchor>
      </Group>
    </Stack>
  );
}

type ContractName = Schemas["Contract"];

const CONTRACTS: Record<ContractName, string> = {
  evolve: "evolve: the column widens with its field",
  freeze: "freeze: the type stays, misfits go the connection's way",
  discard_value: "discard value: a misfit becomes null",
  discard_row: "discard row: a misfit's row goes to quarantine",
  variant: "variant: a misfit stands as JSON beside it",
};

function Contract({
  dataset: { connectionId },
  place,
  tag,
}: TabProps & { place: Schemas["TableColumnView"]; tag: string | undefined }) {
  const mayChange = useMayOn("editor", connectionId);
  const form = useContract(connectionId, place, tag);
  if (!mayChange)
    return (
      <Section title="Contract">
        <Text size="sm">{CONTRACTS[place.contract]}</Text>
      </Section>
    );
  return (
    <Section title="Contract">
      <Group align="flex-end">
        <Select
          label="If a value does not fit the type"
          w={340}
          allowDeselect={false}
          data={Object.entries(CONTRACTS).map(([value, label]) => ({ value, label }))}
          value={form.draft.contract}
          onChange={(value) => value && form.change({ contract: value as ContractName })}
        />
        <Act
          request={form.request}
          disabled={!form.isDirty || form.isOvertaken}
          done="The contract holds for the jobs that begin from now on."
          onDone={form.saved}
        >
          Change
        </Act>
      </Group>
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
    </Section>
  );
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Stack gap="xs">
      <Divider />
      <Title order={3} size="h5">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

function inChart(column: ProfiledColumn): [string, React.ReactNode][] {
  return [
    ["Null", column.nullShare === undefined ? null : percent(column.nullShare)],
    ["Null values", column.nulls === undefined ? null : count(column.nulls)],
    ["Distinct values", column.distinct === undefined ? null : <Distinct column={column} />],
    ["Counted over", column.countedRows === undefined ? null : `${count(column.countedRows)} rows`],
    ["Values", column.valuesShown ? null : "not shown: the column is not decided clean"],
    ["Least", column.min],
    ["Most", column.max],
    ["Shortest", column.shortest === undefined ? null : `${column.shortest} bytes`],
    ["Longest", column.longest === undefined ? null : `${column.longest} bytes`],
    [
      "Mean length",
      column.meanLength === undefined ? null : `${column.meanLength.toFixed(1)} bytes`,
    ],
  ];
}

function arrived(found: NonNullable<ProfiledColumn["arrived"]>): [string, React.ReactNode][] {
  return [
    ["Rows", count(found.rows)],
    ["Null values", count(found.nulls)],
    ["Least", found.min],
    ["Most", found.max],
    [
      "Bounds and lengths of",
      found.sampledRows === undefined ? null : `${count(found.sampledRows)} rows`,
    ],
    ["Shortest", found.shortest === undefined ? null : `${found.shortest} bytes`],
    ["Longest", found.longest === undefined ? null : `${found.longest} bytes`],
  ];
}

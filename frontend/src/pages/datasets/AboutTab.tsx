import { Badge, Group, Paper, Stack, Table, TagsInput, Text, Textarea, Title } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { type Kept, ofVersion, useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { datasetPath, listPath, parametersOf } from "@/parts/datasets";
import { useDraft } from "@/parts/draft";
import { Facts } from "@/parts/Facts";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { Overtaken } from "@/parts/Overtaken";
import { Rows } from "@/parts/Rows";
import { Status } from "@/parts/Status";
import { useMayOn } from "@/parts/useMayOn";
import { spoken } from "@/parts/words";

import type { TabProps } from "./DatasetPage";

/** What people say of a dataset, where its tables are, and how it came. */
export function AboutTab({ dataset }: TabProps) {
  const mayEdit = useMayOn("editor", dataset.connectionId);
  return (
    <Stack gap="lg">
      <Paper withBorder p="md">
        <Stack>
          <Title order={2} size="h4">
            What it is
          </Title>
          {mayEdit ? <Edit dataset={dataset} /> : <Said dataset={dataset} />}
          {dataset.labels.changedAt && (
            <Text size="xs" c="dimmed">
              Last said by {dataset.labels.changedBy} <At at={dataset.labels.changedAt} />
            </Text>
          )}
        </Stack>
      </Paper>
      <Facts facts={facts(dataset)} />
      <Tables dataset={dataset} />
    </Stack>
  );
}

function facts(dataset: TabProps["dataset"]): [string, React.ReactNode][] {
  const { lastJob, freshness } = dataset;
  return [
    [
      "Last job of the connection",
      lastJob && (
        <Group gap="xs">
          <Anchor to={`/jobs/${lastJob.jobId}`} size="sm">
            {lastJob.jobType} {lastJob.jobId}
          </Anchor>
          <Status value={lastJob.status} />
          {lastJob.mode === "mock" && (
            <Badge color="yellow" tt="none">
              mock
            </Badge>
          )}
        </Group>
      ),
    ],
    ["Newest data read", freshness.extractedAt && <At at={freshness.extractedAt} />],
    ["Newest promotion", freshness.promotedAt && <At at={freshness.promotedAt} />],
    ["Profiled", dataset.profiledAt ? <At at={dataset.profiledAt} /> : "not yet"],
    ["Read", spoken(dataset.syncMode)],
    [
      "Primary key",
      dataset.primaryKey.length
        ? dataset.primaryKey.map((path) => path.join(".")).join(", ")
        : "none: rows are appended, and have no history",
    ],
    ["Schema version", dataset.schemaVersion],
    ["Lineage namespace", dataset.lineageNamespace],
  ];
}

function Said({ dataset: { labels } }: TabProps) {
  return (
    <Facts
      facts={[
        ["Description", labels.description ?? "Nobody has described it yet."],
        ["Tags", labels.tags.join(", ") || "none"],
        ["Owners", labels.owners.join(", ") || "none"],
      ]}
    />
  );
}

function Edit({ dataset }: TabProps) {
  const query = useEdited(
    act("get", "/v1/datasets/{connectionId}/{stream}", parametersOf(dataset)),
  );
  return <Loaded query={query}>{(kept) => <Labels kept={kept} />}</Loaded>;
}

function Labels({ kept }: { kept: Kept<Schemas["DatasetPageView"]> }) {
  const form = useDraft(kept, ({ labels }) => ({
    description: labels.description ?? "",
    tags: labels.tags,
    owners: labels.owners,
  }));
  const { draft, change } = form;
  return (
    <Stack>
      <Textarea
        label="Description"
        autosize
        minRows={2}
        maxLength={10_000}
        value={draft.description}
        onChange={(event) => change({ description: event.currentTarget.value })}
      />
      <Group grow align="flex-start">
        <TagsInput
          label="Tags"
          value={draft.tags}
          onChange={(tags) => change({ tags })}
          maxTags={50}
          placeholder="Add a tag"
        />
        <TagsInput
          label="Owners"
          description="Who answers for it"
          inputWrapperOrder={["label", "input", "description"]}
          value={draft.owners}
          onChange={(owners) => change({ owners })}
          maxTags={20}
          placeholder="Add an owner"
        />
      </Group>
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      <Act
        request={act("patch", "/v1/datasets/{connectionId}/{stream}", {
          ...parametersOf(kept.value),
          header: ofVersion(form.tag),
          body: draft,
        })}
        disabled={!form.isDirty}
        done="Saved."
        onDone={form.saved}
      >
        Save
      </Act>
    </Stack>
  );
}

function Tables({ dataset }: TabProps) {
  return (
    <ListTable
      label="Tables"
      minWidth={560}
      heads={["Layer", "Table in PostgreSQL", "Rows", "Called in lineage"]}
      withTableBorder
    >
      {dataset.layers.map((layer) => (
        <Table.Tr key={layer.layer}>
          <Table.Td>{layer.layer}</Table.Td>
          <Table.Td>
            <code>{layer.table}</code>
          </Table.Td>
          <Table.Td>
            <Anchor to={datasetPath(dataset, "sample", { layer: layer.layer })} size="sm">
              <Rows rows={layer.rows} estimated={layer.rowsEstimated} />
            </Anchor>
          </Table.Td>
          <Table.Td>
            <Anchor
              size="sm"
              to={listPath("/lineage", {
                node: `dataset:${dataset.lineageNamespace}:${layer.lineageName}`,
              })}
            >
              {layer.lineageName}
            </Anchor>
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

import { Badge, Group, Paper, Stack, Table, TagsInput, Text, Textarea, Title } from "@mantine/core";
import { useState } from "react";

import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { datasetPath, listPath, parametersOf } from "@/parts/datasets";
import { Facts } from "@/parts/Facts";
import { ListTable } from "@/parts/ListTable";
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
          {mayEdit ? (
            <Edit key={dataset.labels.changedAt} dataset={dataset} />
          ) : (
            <Said dataset={dataset} />
          )}
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
  const { labels } = dataset;
  const [description, setDescription] = useState(labels.description ?? "");
  const [tags, setTags] = useState(labels.tags);
  const [owners, setOwners] = useState(labels.owners);
  const body = { description, tags, owners };
  const before = {
    description: labels.description ?? "",
    tags: labels.tags,
    owners: labels.owners,
  };
  return (
    <Stack>
      <Textarea
        label="Description"
        autosize
        minRows={2}
        maxLength={10_000}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <Group grow align="flex-start">
        <TagsInput
          label="Tags"
          value={tags}
          onChange={setTags}
          maxTags={50}
          placeholder="Add a tag"
        />
        <TagsInput
          label="Owners"
          description="Who answers for it"
          inputWrapperOrder={["label", "input", "description"]}
          value={owners}
          onChange={setOwners}
          maxTags={20}
          placeholder="Add an owner"
        />
      </Group>
      <Act
        request={act("patch", "/v1/datasets/{connectionId}/{stream}", {
          ...parametersOf(dataset),
          body,
        })}
        disabled={JSON.stringify(body) === JSON.stringify(before)}
        done="Saved."
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

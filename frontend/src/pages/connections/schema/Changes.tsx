import { Badge, Button, Card, Group, List, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";
import { At } from "@/parts/At";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { MoreButton } from "@/parts/MoreButton";
import { Status } from "@/parts/Status";
import { useMayOn } from "@/parts/useMayOn";
import { many } from "@/parts/words";

import { Decide } from "./Decide";
import { pathsText, told } from "./growth";
import { Impact } from "./Impact";

type Change = Schemas["SchemaChangeView"];
const STATUSES = ["pending", "accepted", "adopted", "rejected", "overtaken"] as const;

export function Changes({ connectionId }: { connectionId: string }) {
  const [status, setStatus] = useState<Schemas["ChangeStatus"] | null>("pending");
  const found = usePaged<Change>(
    ["schema-changes", connectionId, status],
    (window) =>
      answered(
        api.GET("/v1/connections/{connectionId}/schema-changes", {
          params: { path: { connectionId }, query: { ...(status ? { status } : {}), ...window } },
        }),
      ),
    { rows: 20 },
  );
  return (
    <Stack gap="sm">
      <Select
        label="Status"
        w={200}
        clearable
        data={[...STATUSES]}
        value={status}
        onChange={(value) => setStatus(value as typeof status)}
      />
      <Loaded query={{ data: found.data && found.rows, error: found.error }}>
        {(changes) =>
          changes.length === 0 ? (
            <Empty title={status === "pending" ? "No change waits for a word." : "None is there."}>
              Atlas looks at what the source offers with each job.
            </Empty>
          ) : (
            <>
              {changes.map((change) => (
                <ChangeCard key={change.changeId} change={change} connectionId={connectionId} />
              ))}
            </>
          )
        }
      </Loaded>
      <MoreButton more={found.more} label="Older ones" />
    </Stack>
  );
}

function ChangeCard({ change, connectionId }: { change: Change; connectionId: string }) {
  const mayDecide = useMayOn("editor", connectionId);
  const isPending = change.status === "pending";
  const [isOpen, setOpen] = useState(isPending);
  return (
    <Card withBorder padding="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="xs">
            <Text fw={600}>{change.stream}</Text>
            <Status value={isPending ? "waiting" : change.status} label={change.status} />
            {change.breaking && (
              <Badge color="red" variant="light" tt="none">
                breaking
              </Badge>
            )}
            {change.version != null && <Text size="sm">version {change.version}</Text>}
          </Group>
          <Text size="xs" c="dimmed" component="div">
            found <At at={change.foundAt} />
            {change.decidedAt && (
              <>
                , decided <At at={change.decidedAt} />
              </>
            )}
          </Text>
        </Group>
        <List size="sm">
          {change.changes.map((growth) => (
            <List.Item key={told(growth)}>
              {told(growth)}
              {growth.breaking && " (breaking)"}
            </List.Item>
          ))}
        </List>
        {change.primaryKey && (
          <Text size="sm">Primary key from then on: {pathsText(change.primaryKey)}</Text>
        )}
        {change.backfill && <Backfill backfill={change.backfill} />}
        <Button
          size="compact-sm"
          variant="subtle"
          w="fit-content"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? "Hide what it touches" : "What it touches"}
        </Button>
        {isOpen && <Impact changeId={change.changeId} />}
        {isPending && mayDecide && <Decide change={change} />}
      </Stack>
    </Card>
  );
}

function Backfill({ backfill }: { backfill: Schemas["BackfillView"] }) {
  return (
    <Text size="sm" component="div">
      {backfill.columns.join(", ")} filled from explore: {many(backfill.rows, "row")} of chart,{" "}
      {many(backfill.versions, "version")} of history, {many(backfill.misfits, "misfit")}
      {backfill.doneAt ? (
        <>
          , done <At at={backfill.doneAt} />
        </>
      ) : (
        ", not done yet: the next job goes on"
      )}
    </Text>
  );
}

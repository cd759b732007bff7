import { Badge, Button, Chip, Group, Stack, Text, Timeline } from "@mantine/core";
import { useState } from "react";

import type { Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";
import { Status } from "@/parts/Status";

import { type Happening, type Kind, KINDS } from "./events";
import { useTimeline } from "./useTimeline";

const STEP = 30;
const MOST = 100;

/** What happened to a connection, of whatever kind, in one list by time. */
export function TimelineTab({ connection }: { connection: Schemas["ConnectionView"] }) {
  const [filters, setFilter] = useFilters("kinds");
  const [limit, setLimit] = useState(STEP);
  const chosen = KINDS.filter((kind) => filters.kinds?.split(",").includes(kind));
  const shown: Kind[] = chosen.length > 0 ? chosen : [...KINDS];
  const { happenings, hasMore, error } = useTimeline(connection.connectionId, shown, limit);
  return (
    <Stack>
      <Chip.Group
        multiple
        value={chosen}
        onChange={(kinds) => setFilter("kinds", kinds.join(",") || null)}
      >
        <Group gap="xs" role="group" aria-label="Kinds that are shown; none chosen are all">
          {KINDS.map((kind) => (
            <Chip key={kind} value={kind} size="xs">
              {kind}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Loaded query={{ data: happenings, error }} lines={10}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="Nothing of this has happened yet.">
              A first sync would be something.
            </Empty>
          ) : (
            <Timeline bulletSize={12} lineWidth={2}>
              {all.map((one) => (
                <Timeline.Item key={one.id} title={<Title of={one} />}>
                  <About of={one} />
                </Timeline.Item>
              ))}
            </Timeline>
          )
        }
      </Loaded>
      {hasMore && limit < MOST && (
        <Button variant="default" w="fit-content" onClick={() => setLimit(MOST)}>
          Look further back
        </Button>
      )}
      {hasMore && limit >= MOST && (
        <Text size="sm" c="dimmed">
          There is more: <Anchor to={`/jobs?connectionId=${connection.connectionId}`}>jobs</Anchor>{" "}
          and the other tabs have all of theirs.
        </Text>
      )}
    </Stack>
  );
}

function Title({ of: one }: { of: Happening }) {
  return (
    <Group gap="xs">
      <Anchor to={one.to} size="sm">
        {one.title}
      </Anchor>
      {one.status && <Status value={one.status} />}
      <Badge variant="outline" color="gray" size="sm" tt="none">
        {one.kind}
      </Badge>
    </Group>
  );
}

function About({ of: one }: { of: Happening }) {
  return (
    <>
      {one.detail && <Text size="sm">{one.detail}</Text>}
      <Text size="xs" c="dimmed" component="div">
        <At at={one.at} />
        {one.by && `, by ${one.by}`}
      </Text>
    </>
  );
}

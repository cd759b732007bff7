import { Group, Stack, Tabs } from "@mantine/core";

import { ConnectionFilter } from "@/parts/ConnectionFilter";
import { useFilters } from "@/parts/filters";
import { NamespaceFilter } from "@/parts/NamespaceFilter";
import { Page } from "@/parts/Page";
import { TextFilter } from "@/parts/TextFilter";

import { Checks } from "./Checks";
import { Scores } from "./Scores";

export function Quality() {
  const [filters, setFilter] = useFilters("view", "connectionId", "stream", "namespace");
  const { connectionId, stream, namespace } = filters;
  const of = { connectionId, stream, namespace };
  return (
    <Page
      title="Quality"
      about="Six dimensions, measured on what each job publishes. A score says what it rests on; what could not be measured says so."
    >
      <Group align="flex-end">
        <ConnectionFilter value={connectionId} onChange={(id) => setFilter("connectionId", id)} />
        <TextFilter
          label="Stream"
          placeholder="its whole name"
          value={stream}
          onChange={(text) => setFilter("stream", text)}
        />
        <NamespaceFilter value={namespace} onChange={(to) => setFilter("namespace", to)} />
      </Group>
      <Tabs
        value={filters.view === "checks" ? "checks" : "scores"}
        keepMounted={false}
        onChange={(view) => setFilter("view", view === "scores" ? null : view)}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="scores">Scores</Tabs.Tab>
          <Tabs.Tab value="checks">Checks</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="scores">
          <Stack>
            <Scores of={of} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="checks">
          <Stack>
            <Checks of={of} />
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

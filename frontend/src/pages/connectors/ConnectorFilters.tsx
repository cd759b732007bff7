import { Checkbox, SimpleGrid } from "@mantine/core";

import { ChoiceFilter } from "@/parts/ChoiceFilter";
import { TextFilter } from "@/parts/TextFilter";

import { WAYS } from "./ways";

export const FILTERS = ["q", "runs", "kind", "language", "supportLevel", "installed"] as const;
export type Filter = (typeof FILTERS)[number];

interface Props {
  filters: Record<Filter, string | undefined>;
  setFilter: (name: Filter, value: string | null | undefined) => void;
}

export function ConnectorFilters({ filters, setFilter }: Props) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 6 }} style={{ alignItems: "end" }}>
      <TextFilter
        label="Name or title"
        w="100%"
        value={filters.q}
        onChange={(text) => setFilter("q", text)}
      />
      <ChoiceFilter
        w="100%"
        label="Runs as"
        data={Object.entries(WAYS).map(([value, label]) => ({ value, label }))}
        value={filters.runs}
        onChange={(value) => setFilter("runs", value)}
      />
      <ChoiceFilter
        w="100%"
        label="Kind"
        data={["api", "database", "file"]}
        value={filters.kind}
        onChange={(value) => setFilter("kind", value)}
      />
      <ChoiceFilter
        w="100%"
        label="Language"
        data={["python", "manifest-only", "java"]}
        value={filters.language}
        onChange={(value) => setFilter("language", value)}
      />
      <ChoiceFilter
        w="100%"
        label="Support"
        data={["certified", "community"]}
        value={filters.supportLevel}
        onChange={(value) => setFilter("supportLevel", value)}
      />
      <Checkbox
        label="Installed here"
        pb={8}
        checked={filters.installed === "true"}
        onChange={(event) => setFilter("installed", event.currentTarget.checked ? "true" : null)}
      />
    </SimpleGrid>
  );
}

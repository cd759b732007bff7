import { Checkbox, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

import { WAYS } from "./ways";

export const FILTERS = ["q", "runs", "kind", "language", "supportLevel", "installed"] as const;
export type Filter = (typeof FILTERS)[number];

interface Props {
  filters: Record<Filter, string | undefined>;
  setFilter: (name: Filter, value: string | null | undefined) => void;
}

export function ConnectorFilters({ filters, setFilter }: Props) {
  const [text, setText] = useState(filters.q ?? "");
  const search = useDebouncedCallback((q: string) => setFilter("q", q), 250);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 6 }} style={{ alignItems: "end" }}>
      <TextInput
        label="Name or title"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          search(event.currentTarget.value);
        }}
      />
      <Select
        label="Runs as"
        clearable
        data={Object.entries(WAYS).map(([value, label]) => ({ value, label }))}
        value={filters.runs ?? null}
        onChange={(value) => setFilter("runs", value)}
      />
      <Select
        label="Kind"
        clearable
        data={["api", "database", "file"]}
        value={filters.kind ?? null}
        onChange={(value) => setFilter("kind", value)}
      />
      <Select
        label="Language"
        clearable
        data={["python", "manifest-only", "java"]}
        value={filters.language ?? null}
        onChange={(value) => setFilter("language", value)}
      />
      <Select
        label="Support"
        clearable
        data={["certified", "community"]}
        value={filters.supportLevel ?? null}
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

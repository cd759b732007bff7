import { Select, SimpleGrid, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

import type { Schemas } from "@/api/client";

export const FILTERS = ["name", "trouble", "status", "tag"] as const;
export type Filter = (typeof FILTERS)[number];

interface Props {
  filters: Record<Filter, string | undefined>;
  setFilter: (name: Filter, value: string | null | undefined) => void;
  tags: Schemas["TagView"][];
}

export function ConnectionFilters({ filters, setFilter, tags }: Props) {
  const [text, setText] = useState(filters.name ?? "");
  const search = useDebouncedCallback((name: string) => setFilter("name", name), 250);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
      <TextInput
        label="Name"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          search(event.currentTarget.value);
        }}
      />
      <Select
        label="Trouble"
        clearable
        data={["broken", "late", "unsafe", "waiting"]}
        value={filters.trouble ?? null}
        onChange={(value) => setFilter("trouble", value)}
      />
      <Select
        label="Status"
        clearable
        data={["active", "inactive"]}
        value={filters.status ?? null}
        onChange={(value) => setFilter("status", value)}
      />
      <Select
        label="Tag"
        clearable
        searchable
        data={tags.map((tag) => ({ value: tag.tagId, label: tag.name }))}
        nothingFoundMessage="There are no tags; settings make them."
        value={filters.tag ?? null}
        onChange={(value) => setFilter("tag", value)}
      />
    </SimpleGrid>
  );
}

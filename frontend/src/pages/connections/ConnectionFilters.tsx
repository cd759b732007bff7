import { SimpleGrid } from "@mantine/core";

import { Anchor } from "@/parts/Anchor";
import { ChoiceFilter } from "@/parts/ChoiceFilter";
import { TextFilter } from "@/parts/TextFilter";

import type { Schemas } from "@/api/client";

export const FILTERS = ["name", "trouble", "status", "tag"] as const;
export type Filter = (typeof FILTERS)[number];

interface Props {
  filters: Record<Filter, string | undefined>;
  setFilter: (name: Filter, value: string | null | undefined) => void;
  tags: Schemas["TagView"][];
}

export function ConnectionFilters({ filters, setFilter, tags }: Props) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
      <TextFilter
        label="Name"
        w="100%"
        value={filters.name}
        onChange={(text) => setFilter("name", text)}
      />
      <ChoiceFilter
        w="100%"
        label="Trouble"
        data={["broken", "late", "unsafe", "waiting", "none"]}
        value={filters.trouble}
        onChange={(value) => setFilter("trouble", value)}
      />
      <ChoiceFilter
        w="100%"
        label="Status"
        data={["active", "inactive"]}
        value={filters.status}
        onChange={(value) => setFilter("status", value)}
      />
      <ChoiceFilter
        w="100%"
        label="Tag"
        searchable
        data={tags.map((tag) => ({ value: tag.tagId, label: tag.name }))}
        nothingFoundMessage={
          <>
            There are no tags; <Anchor to="/settings/tags">settings make them</Anchor>.
          </>
        }
        value={filters.tag}
        onChange={(value) => setFilter("tag", value)}
      />
    </SimpleGrid>
  );
}

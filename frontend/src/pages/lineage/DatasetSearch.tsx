import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answered, api } from "@/api/client";
import { datasetTitle } from "@/parts/datasets";

import type { Node } from "./graph";
import { DRAWN, optionsOf } from "./options";

const MOST = 20;
const TYPED_MS = 250;

/** Where a graph begins: a dataset that is drawn, or any other that Atlas has. */
export function DatasetSearch({
  drawn,
  value,
  onChange,
}: {
  drawn: Node[];
  value: string | undefined;
  onChange: (id: string | null) => void;
}) {
  const [typed, setTyped] = useState("");
  const [text] = useDebouncedValue(typed.trim(), TYPED_MS);
  const found = useQuery({
    queryKey: ["datasets named", text],
    queryFn: () =>
      answered(api.GET("/v1/datasets", { params: { query: { q: text, limit: MOST } } })),
    enabled: text.length > 0 && !drawn.some((node) => node.name === text),
  });
  const others = (found.data?.data ?? []).map((dataset, place) => ({
    value: String(place),
    label: `${datasetTitle(dataset)} of ${dataset.connection}`,
    dataset,
  }));
  // what lineage calls a dataset's table stands on the dataset's own page
  const look = useMutation({
    mutationFn: async (place: string) => {
      const dataset = others.find((one) => one.value === place)?.dataset;
      if (!dataset) return undefined;
      const { connectionId, stream, namespace } = dataset;
      const page = await answered(
        api.GET("/v1/datasets/{connectionId}/{stream}", {
          params: { path: { connectionId, stream }, query: namespace ? { namespace } : {} },
        }),
      );
      const layer = page.layers.find((one) => one.layer === "chart") ?? page.layers[0];
      return layer && `dataset:${page.lineageNamespace}:${layer.lineageName}`;
    },
    onSuccess: (id) => id && onChange(id),
  });
  return (
    <Select
      label="Begin at a dataset"
      placeholder="Search every dataset"
      searchable
      clearable
      w={340}
      data={optionsOf(drawn, others, value)}
      filter={({ options, search }) => {
        const wanted = search.trim().toLowerCase();
        return options.map((group) =>
          "items" in group
            ? {
                ...group,
                items: group.items.filter(
                  // what the API has found may match by a description or a tag
                  (one) => group.group !== DRAWN || one.label.toLowerCase().includes(wanted),
                ),
              }
            : group,
        );
      }}
      nothingFoundMessage={found.isFetching ? "It is looked for." : "No dataset is called so."}
      value={value ?? null}
      onSearchChange={setTyped}
      onChange={(id) => (id === null || id.includes(":") ? onChange(id) : look.mutate(id))}
      error={(found.error ?? look.error) ? "Datasets could not be searched." : undefined}
    />
  );
}

import { useQuery } from "@tanstack/react-query";
import { Stack } from "@mantine/core";

import { api, queries, type Schemas } from "@/api/client";
import { answeredExactly } from "@/api/exact";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { Loaded } from "@/parts/Loaded";

import type { TabProps } from "./DatasetPage";
import { Passport } from "./Passport";
import { PassportSearch } from "./PassportSearch";

/** One row's whole life. A key may be personal, so only its hash stands in the address. */
export function PassportTab({ dataset }: TabProps) {
  const { connectionId, stream, namespace } = dataset;
  const [{ key }, setFilter] = useFilters("key");
  const asked = (keyHash: string) => ["passport", connectionId, stream, namespace, keyHash];
  const found = useQuery({
    queryKey: asked(key ?? ""),
    enabled: Boolean(key),
    queryFn: () =>
      answeredExactly<Schemas["PassportView"]>(
        api.POST("/v1/datasets/{connectionId}/{stream}/passport", {
          parseAs: "text",
          params: { path: { connectionId, stream }, query: namespace ? { namespace } : {} },
          body: { keyHash: key ?? "", withSource: false },
        }),
      ),
  });
  if (dataset.primaryKey.length === 0)
    return (
      <Empty title="Its rows have no passports.">
        A row is found by its primary key, and this stream has none.
      </Empty>
    );
  return (
    <Stack gap="lg">
      <PassportSearch
        dataset={dataset}
        keyHash={key}
        onFound={(passport) => {
          queries.setQueryData(asked(passport.keyHash), passport);
          setFilter("key", passport.keyHash);
        }}
        onHash={(hash) => setFilter("key", hash)}
      />
      {key ? (
        <Loaded query={found} lines={8}>
          {(passport) => <Passport key={passport.keyHash} dataset={dataset} passport={passport} />}
        </Loaded>
      ) : (
        <Empty title="Find a row by its key.">
          Its passport shows where it came from, what became of it in each layer, what was found in
          it, and what was masked.
        </Empty>
      )}
    </Stack>
  );
}

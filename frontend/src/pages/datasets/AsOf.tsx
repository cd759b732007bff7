import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";

import { api, type Schemas } from "@/api/client";
import { answeredExactly } from "@/api/exact";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { datasetPath } from "@/parts/datasets";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { MoreButton } from "@/parts/MoreButton";
import { ValuesTable } from "@/parts/ValuesTable";
import { many } from "@/parts/words";

import { columnsIn, maskedColumns } from "./columns";
import type { TabProps } from "./DatasetPage";

const OF_ATLAS = new Set(["key_hash"]);

/** The rows that were valid at a moment, by all that is known or by what was known then. */
export function AsOf({
  dataset,
  at,
  recorded,
}: TabProps & { at: string | undefined; recorded: string | undefined }) {
  const { connectionId, stream, namespace } = dataset;
  const moment = useMemo(() => at ?? new Date().toISOString(), [at]);
  const masked = useMemo(() => maskedColumns(dataset), [dataset]);
  const found = usePaged(
    ["as of", connectionId, stream, namespace, moment, recorded],
    (window, pinned) =>
      answeredExactly<Schemas["Page_dict_str__object__"]>(
        api.GET("/v1/datasets/{connectionId}/{stream}/as-of", {
          parseAs: "text",
          params: {
            path: { connectionId, stream },
            query: {
              at: moment,
              ...(recorded ? { recorded } : pinned),
              ...(namespace ? { namespace } : {}),
              ...window,
            },
          },
        }),
      ),
    { rows: 50 },
  );
  return (
    <Loaded query={found} lines={8}>
      {() =>
        found.rows.length === 0 ? (
          <Empty title="No row was valid at that moment.">
            Choose a later one, or clear both fields.
          </Empty>
        ) : (
          <Stack gap="xs">
            <Text size="sm" c="dimmed">
              The first {many(found.rows.length, "row")} in the order of their keys' hashes.
            </Text>
            <ValuesTable
              label="Rows at that moment"
              rows={found.rows}
              columns={columnsIn(dataset, found.rows).filter((name) => !OF_ATLAS.has(name))}
              masked={masked}
              lead={{
                header: "Row",
                cell: (row) => (
                  <Anchor
                    to={datasetPath(dataset, "passport", { key: String(row.key_hash) })}
                    size="sm"
                  >
                    passport
                  </Anchor>
                ),
              }}
            />
            <MoreButton more={found.more} />
          </Stack>
        )
      }
    </Loaded>
  );
}

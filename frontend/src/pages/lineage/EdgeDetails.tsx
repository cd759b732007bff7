import { Button, Stack } from "@mantine/core";

import { At } from "@/parts/At";
import { Facts } from "@/parts/Facts";
import { count } from "@/parts/words";

import type { Edge } from "./graph";

const KINDS: Record<string, string> = {
  reads: "The job reads the dataset",
  writes: "The job writes the dataset",
  derives: "Columns come of the other dataset's",
};

/** How often something moved along an edge, and what the last time. */
export function EdgeDetails({ edge, onNode }: { edge: Edge; onNode: (id: string) => void }) {
  return (
    <Stack>
      <Facts
        cols={{ base: 1, xs: 2 }}
        facts={[
          ["Kind", KINDS[edge.kind] ?? edge.kind],
          ["Runs", count(edge.runs)],
          ["Last time", <At key="last" at={edge.lastAt} exact />],
          ["Last event", edge.lastEvent],
          ["Rows the last time", edge.rows === undefined ? null : count(edge.rows)],
          ["Columns", edge.columns === undefined ? null : count(edge.columns)],
          ["Masked columns", edge.maskedColumns === undefined ? null : count(edge.maskedColumns)],
        ]}
      />
      <Button variant="default" onClick={() => onNode(edge.source)}>
        From {edge.source.replace(/^\w+:/, "")}
      </Button>
      <Button variant="default" onClick={() => onNode(edge.target)}>
        To {edge.target.replace(/^\w+:/, "")}
      </Button>
    </Stack>
  );
}

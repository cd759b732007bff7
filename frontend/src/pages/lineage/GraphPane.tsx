import { Alert, Drawer, Skeleton, Stack } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useState } from "react";

import { Problem } from "@/api/problem";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";

import { EdgeDetails } from "./EdgeDetails";
import { edgeId, type Graph, type Show } from "./graph";
import { GraphTable } from "./GraphTable";
import { NodeDetails } from "./NodeDetails";

const LineageGraph = lazy(async () => ({
  default: (await import("./LineageGraph")).LineageGraph,
}));

/** A graph once it is there; that nothing was recorded yet is no failure. */
export function GraphLoaded({
  query,
  children,
}: {
  query: { data: Graph | undefined; error: unknown };
  children: (graph: Graph) => ReactNode;
}) {
  if (query.error instanceof Problem && query.error.status === 404)
    return (
      <Empty title={query.error.detail}>
        A run that ends records what it has read and written.
      </Empty>
    );
  return (
    <Loaded query={query} lines={10}>
      {children}
    </Loaded>
  );
}

/** The graph, drawn or as tables, with what is known of the node or edge that is chosen. */
export function GraphPane({
  graph,
  as,
  show,
  begun,
  onFocus,
}: {
  graph: Graph;
  as: "graph" | "table";
  show: Show;
  /** Where the graph was begun, which is marked. */
  begun?: string | undefined;
  onFocus: (id: string) => void;
}) {
  const [chosen, setChosen] = useState<string>();
  const shared = { graph, onNode: setChosen, onEdge: setChosen };
  return (
    <Stack>
      {graph.isCut && (
        <Alert color="yellow" title="There is more than is shown">
          Begin at one dataset, or take fewer steps.
        </Alert>
      )}
      {as === "table" ? (
        <GraphTable {...shared} />
      ) : (
        <Suspense fallback={<Skeleton height={480} />}>
          <LineageGraph {...shared} show={show} chosen={chosen ?? begun} />
        </Suspense>
      )}
      <Details
        graph={graph}
        chosen={chosen}
        onClose={() => setChosen(undefined)}
        onNode={setChosen}
        onFocus={(id) => {
          setChosen(undefined);
          onFocus(id);
        }}
      />
    </Stack>
  );
}

function Details({
  graph,
  chosen,
  onClose,
  onNode,
  onFocus,
}: {
  graph: Graph;
  chosen: string | undefined;
  onClose: () => void;
  onNode: (id: string) => void;
  onFocus: (id: string) => void;
}) {
  const node = graph.nodes.find((one) => one.id === chosen);
  const edge = graph.edges.find((one) => edgeId(one) === chosen);
  return (
    <Drawer
      opened={node !== undefined || edge !== undefined}
      onClose={onClose}
      title={node?.name ?? edge?.kind}
      position="right"
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {node && (
        <NodeDetails key={node.id} node={node} graph={graph} onFocus={onFocus} onNode={onNode} />
      )}
      {edge && <EdgeDetails edge={edge} onNode={onNode} />}
    </Drawer>
  );
}

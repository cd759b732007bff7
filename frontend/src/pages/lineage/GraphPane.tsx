import { Alert, Drawer, Skeleton, Stack } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useState } from "react";

import { Problem } from "@/api/problem";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";

import { ConnectionDetails } from "./ConnectionDetails";
import { EdgeDetails } from "./EdgeDetails";
import { edgeId, type Graph, partOf, type Show } from "./graph";
import { GraphTable } from "./GraphTable";
import { NodeDetails } from "./NodeDetails";

const LineageGraph = lazy(async () => ({
  default: (await import("./LineageGraph")).LineageGraph,
}));

/** A node or an edge, and the column of a dataset that was gone to. */
interface Chosen {
  id?: string;
  column?: string;
}

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
  const [{ id: chosen, column }, setChosen] = useState<Chosen>({});
  const choose = (id: string) => setChosen({ id });
  const shared = { graph, onNode: choose, onEdge: choose };
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
        show={as === "table" ? "jobs" : show}
        chosen={chosen}
        column={column}
        onClose={() => setChosen({})}
        onNode={choose}
        onColumn={(id, name) => {
          if (!graph.nodes.some((one) => one.id === id)) onFocus(id);
          setChosen({ id, column: name });
        }}
        onFocus={(id) => {
          setChosen({});
          onFocus(id);
        }}
      />
    </Stack>
  );
}

function Details({
  graph,
  show,
  chosen,
  column,
  onClose,
  onNode,
  onColumn,
  onFocus,
}: {
  graph: Graph;
  show: Show;
  chosen: string | undefined;
  column: string | undefined;
  onClose: () => void;
  onNode: (id: string) => void;
  onColumn: (id: string, column: string) => void;
  onFocus: (id: string) => void;
}) {
  const drawn = partOf(graph, show);
  const node = [...drawn.nodes, ...graph.nodes].find((one) => one.id === chosen);
  const edge = [...drawn.edges, ...graph.edges].find((one) => edgeId(one) === chosen);
  return (
    <Drawer
      opened={node !== undefined || edge !== undefined}
      onClose={onClose}
      title={node?.name ?? edge?.kind}
      position="right"
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {node?.type === "connection" && (
        <ConnectionDetails key={node.id} node={node} graph={graph} onNode={onNode} />
      )}
      {node && node.type !== "connection" && (
        <NodeDetails
          key={node.id}
          node={node}
          graph={graph}
          column={column}
          onFocus={onFocus}
          onNode={onNode}
          onColumn={onColumn}
        />
      )}
      {edge && <EdgeDetails edge={edge} onNode={onNode} />}
    </Drawer>
  );
}

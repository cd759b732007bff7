import "@xyflow/react/dist/style.css";

import { Skeleton, Text, useComputedColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import {
  Background,
  Controls,
  type Edge as FlowEdge,
  Handle,
  MarkerType,
  type Node as FlowNode,
  type NodeProps,
  Position,
  ReactFlow,
} from "@xyflow/react";
import type { ElkNode } from "elkjs/lib/elk-api";
import { useMemo } from "react";

import { ProblemAlert } from "@/parts/ProblemAlert";

import {
  type Edge,
  edgeId,
  edgeSaid,
  type Graph,
  layerName,
  type Node,
  NODE_HEIGHT,
  NODE_WIDTH,
  partOf,
  placesIn,
  type Show,
  shortName,
  toElk,
} from "./graph";
import classes from "./LineageGraph.module.css";

async function laidOutBy(graph: ElkNode): Promise<ElkNode> {
  const { default: Elk } = await import("elkjs/lib/elk.bundled.js");
  return new Elk().layout(graph);
}

type LineageNode = FlowNode<{ node: Node; isChosen: boolean }>;

/** The graph, laid out in the direction of the data. Load it lazily: the layout engine is large. */
export function LineageGraph({
  graph,
  show,
  chosen,
  onNode,
  onEdge,
}: {
  graph: Graph;
  show: Show;
  chosen: string | undefined;
  onNode: (id: string) => void;
  onEdge: (id: string) => void;
}) {
  const colorScheme = useComputedColorScheme();
  const part = useMemo(() => partOf(graph, show), [graph, show]);
  const laidOut = useQuery({
    queryKey: ["layout", part.nodes.map((node) => node.id), part.edges.map(edgeId)],
    queryFn: async () => placesIn(await laidOutBy(toElk(part.nodes, part.edges))),
    staleTime: Infinity,
    retry: false,
  });
  const places = laidOut.data;
  const nodes = useMemo<LineageNode[]>(
    () =>
      part.nodes.map((node) => ({
        id: node.id,
        type: "lineage",
        position: places?.get(node.id) ?? { x: 0, y: 0 },
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
        data: { node, isChosen: node.id === chosen },
        ariaRole: "button",
        ariaLabel: `${layerName(node)} ${node.name}`,
      })),
    [part, places, chosen],
  );
  const edges = useMemo(() => part.edges.map((edge) => drawn(edge, chosen)), [part, chosen]);
  if (laidOut.error) return <ProblemAlert problem={laidOut.error} />;
  if (!places) return <Skeleton className={classes.canvas} />;
  return (
    <div
      className={classes.canvas}
      role="group"
      aria-label="Lineage graph; the table has the same"
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        const id = (event.target as Element).getAttribute("data-id");
        if (!id) return;
        event.preventDefault();
        if (nodes.some((node) => node.id === id)) onNode(id);
        else onEdge(id);
      }}
    >
      <ReactFlow
        key={`${show} ${graph.nodes.length}`}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        colorMode={colorScheme}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.1 }}
        minZoom={0.1}
        onlyRenderVisibleElements={part.nodes.length > 150}
        onNodeClick={(_, node) => onNode(node.id)}
        onEdgeClick={(_, edge) => onEdge(edge.id)}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

function drawn(edge: Edge, chosen: string | undefined): FlowEdge {
  const isNear = edge.source === chosen || edge.target === chosen;
  return {
    id: edgeId(edge),
    source: edge.source,
    target: edge.target,
    label: edgeSaid(edge),
    ariaLabel: `${edge.source} ${edgeSaid(edge)} ${edge.target}`,
    markerEnd: { type: MarkerType.ArrowClosed },
    labelStyle: { fill: "var(--mantine-color-text)", fontSize: 11 },
    labelBgStyle: { fill: "var(--mantine-color-body)" },
    style: {
      strokeWidth: isNear ? 2.5 : 1.2,
      ...(isNear ? { stroke: "var(--mantine-primary-color-filled)" } : {}),
      ...(edge.kind === "derives" ? { strokeDasharray: "6 3" } : {}),
    },
  };
}

function NodeBox({ data: { node, isChosen } }: NodeProps<LineageNode>) {
  const look = [classes.node, node.type !== "dataset" && classes.job, isChosen && classes.chosen];
  return (
    <div className={look.filter(Boolean).join(" ")} title={`${node.namespace} ${node.name}`}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <Text size="xs" c="dimmed" truncate>
        {layerName(node)}
      </Text>
      <Text size="sm" fw={600} truncate>
        {shortName(node)}
      </Text>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}

const NODE_TYPES = { lineage: NodeBox };

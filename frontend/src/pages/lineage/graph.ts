/** The graph of what was recorded, as it is drawn: which part of it, how it is laid out, and its names. */
import type { ElkNode } from "elkjs/lib/elk-api";

import type { Schemas } from "@/api/client";
import { count, many } from "@/parts/words";

import { byConnection } from "./byConnection";

export type Graph = Schemas["GraphView"];
export type Node = Schemas["NodeView"];
export type Edge = Schemas["EdgeView"];

/** Jobs with what they read and write, a node for each connection, or datasets with the columns that come of each other. */
export type Show = "jobs" | "connections" | "columns";

/** What an address asks to be drawn. */
export const shown = (asked: string | undefined): Show =>
  asked === "columns" || asked === "connections" ? asked : "jobs";

export const NODE_WIDTH = 236;
export const NODE_HEIGHT = 60;

export const edgeId = (edge: Edge): string => `${edge.source} → ${edge.target}`;

/** The part of a graph that is shown: a node without an edge stays, if it belongs there at all. */
export function partOf(graph: Graph, show: Show): { nodes: Node[]; edges: Edge[] } {
  if (show === "connections") return byConnection(graph);
  const edges = graph.edges.filter((edge) => (edge.kind === "derives") === (show === "columns"));
  const nodes =
    show === "columns" ? graph.nodes.filter((node) => node.type === "dataset") : graph.nodes;
  const there = new Set(nodes.map((node) => node.id));
  return { nodes, edges: edges.filter((edge) => there.has(edge.source) && there.has(edge.target)) };
}

function edgesInOrder(nodes: Node[], edges: Edge[]): Edge[] {
  const place = new Map(inOrder(nodes).map((node, number) => [node.id, number]));
  return [...edges].sort(
    (one, other) => (place.get(one.target) ?? 0) - (place.get(other.target) ?? 0),
  );
}

const LAYERS = ["source", undefined, "explore", "chart", "navigate"];

/** In the order of a record's way, so that the same layer stands at the same place of each stream. */
function inOrder(nodes: Node[]): Node[] {
  const rank = (node: Node) => LAYERS.indexOf(node.layer);
  return [...nodes].sort(
    (one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name),
  );
}

/** What elk is asked: layers from left to right, in the direction of the data. */
export function toElk(nodes: Node[], edges: Edge[]): ElkNode {
  return {
    id: "graph",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "RIGHT",
      "elk.layered.spacing.nodeNodeBetweenLayers": "150",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
      "elk.spacing.nodeNode": "24",
      "elk.spacing.componentComponent": "48",
    },
    children: inOrder(nodes).map((node) => ({
      id: node.id,
      width: NODE_WIDTH,
      height: NODE_HEIGHT,
    })),
    edges: edgesInOrder(nodes, edges).map((edge) => ({
      id: edgeId(edge),
      sources: [edge.source],
      targets: [edge.target],
    })),
  };
}

export type Places = Map<string, { x: number; y: number }>;

export function placesIn(laidOut: ElkNode): Places {
  return new Map(
    (laidOut.children ?? []).map((child) => [child.id, { x: child.x ?? 0, y: child.y ?? 0 }]),
  );
}

/** A table's own name, without its database and schema; what is no table keeps its name. */
export function shortName(node: Pick<Node, "name" | "layer" | "type">): string {
  const isTable = node.type === "dataset" && node.layer && node.layer !== "source";
  return isTable ? node.name.split(".").slice(2).join(".") : node.name;
}

export const layerName = (node: Pick<Node, "layer" | "type">): string =>
  node.type === "dataset" ? (node.layer ?? "dataset") : node.type;

/** What stands on an edge: rows of its last run, or columns and how many of them are masked. */
export function edgeSaid(edge: Edge): string {
  if (edge.kind !== "derives")
    return edge.rows === undefined ? edge.kind : `${edge.kind} ${many(edge.rows, "row")}`;
  const columns = many(edge.columns ?? 0, "column");
  return edge.maskedColumns ? `${columns}, ${count(edge.maskedColumns)} masked` : columns;
}

/** A dataset's namespace and name, from the id that edges and links know it by. */
export function datasetIn(id: string): { namespace: string; dataset: string } | undefined {
  // a namespace may have a port: the name begins after the last colon that can end it
  const found = /^dataset:([a-z0-9+.-]+:\/\/[^:]*(?::\d+)?|[^:]*):(.+)$/is.exec(id);
  return found?.[1] !== undefined && found[2] !== undefined
    ? { namespace: found[1], dataset: found[2] }
    : undefined;
}

/** The dataset of Atlas that a table of lineage is; none for what is not Atlas's own. */
export function datasetOf(
  node: Node,
  datasets: Schemas["DatasetView"][],
): Schemas["DatasetView"] | undefined {
  if (node.type !== "dataset" || !node.layer || node.layer === "source") return undefined;
  const table = shortName(node);
  return datasets.find(
    (one) => table === (node.layer === "explore" ? `${one.table}_raw` : one.table),
  );
}

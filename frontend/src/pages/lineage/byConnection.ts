/** A graph with a node for each connection, which stands for its jobs and for the tables they write. */
import type { Schemas } from "@/api/client";

type Graph = Schemas["GraphView"];
type Node = Schemas["NodeView"];
type Edge = Schemas["EdgeView"];

/** What a connection's node stands for: none if it is no connection's. */
export function heldBy(graph: Graph, connectionId: string): { jobs: Node[]; datasets: Node[] } {
  const { groupOf } = groups(graph);
  const held = graph.nodes.filter((node) => groupOf.get(node.id) === connectionNode(connectionId));
  return {
    jobs: held.filter((node) => node.type === "job"),
    datasets: held.filter((node) => node.type === "dataset"),
  };
}

export const connectionNode = (connectionId: string): string => `connection:${connectionId}`;

/** Sources, connections, and what others make of their tables; edges between are added up. */
export function byConnection(graph: Graph): { nodes: Node[]; edges: Edge[] } {
  const { groupOf, connections } = groups(graph);
  const placeOf = (id: string) => groupOf.get(id) ?? id;
  const edges = new Map<string, Edge>();
  for (const edge of graph.edges) {
    if (edge.kind === "derives") continue;
    const [source, target] = [placeOf(edge.source), placeOf(edge.target)];
    if (source === target) continue;
    const name = `${source} ${target}`;
    const before = edges.get(name);
    edges.set(name, before ? both(before, edge) : { ...edge, source, target });
  }
  return {
    nodes: [...graph.nodes.filter((node) => !groupOf.has(node.id)), ...connections.values()],
    edges: [...edges.values()],
  };
}

/** Which connection each node belongs to: a job to the one that ran it, a table to the one whose jobs alone write it. */
function groups(graph: Graph): { groupOf: Map<string, string>; connections: Map<string, Node> } {
  const groupOf = new Map<string, string>();
  const connections = new Map<string, Node>();
  for (const node of graph.nodes) {
    if (node.connectionId === undefined) continue;
    const id = connectionNode(node.connectionId);
    groupOf.set(node.id, id);
    const known = connections.get(id);
    connections.set(id, {
      ...node,
      id,
      type: "connection",
      name: node.connection ?? node.connectionId,
      distance: Math.min(node.distance, known?.distance ?? node.distance),
      jobId: Math.max(node.jobId ?? 0, known?.jobId ?? 0) || undefined,
    });
  }
  const writers = new Map<string, Set<string>>();
  for (const edge of graph.edges) {
    if (edge.kind !== "writes") continue;
    const by = writers.get(edge.target) ?? new Set();
    writers.set(edge.target, by.add(groupOf.get(edge.source) ?? edge.source));
  }
  for (const [dataset, by] of writers) {
    const [only] = by;
    if (by.size === 1 && only !== undefined && connections.has(only)) groupOf.set(dataset, only);
  }
  return { groupOf, connections };
}

/** Two edges between the same nodes: rows add up, the newest says what was last. */
function both(one: Edge, other: Edge): Edge {
  const newest = other.lastAt > one.lastAt ? other : one;
  const rows =
    one.rows === undefined && other.rows === undefined
      ? {}
      : { rows: (one.rows ?? 0) + (other.rows ?? 0) };
  return {
    ...newest,
    source: one.source,
    target: one.target,
    runs: Math.max(one.runs, other.runs),
    ...rows,
  };
}

/** A column's origins and what is made of it, gathered from the events that tell of it. */
import { answered, api } from "@/api/client";
import { columnsToldOf, type Origin, usesOf } from "@/pages/lineage/columnsOf";
import { datasetIn } from "@/pages/lineage/graph";
import { eventText } from "@/pages/lineage/NodeDetails";

const MOST_READERS = 12;

export interface LineageOfColumn {
  origins: Origin[];
  uses: Origin[];
  /** True if more is made of the dataset than was looked through. */
  isCut: boolean;
}

export async function lineageOfColumn(
  namespace: string,
  name: string,
  column: string,
): Promise<LineageOfColumn> {
  const own = await newestEvent(namespace, name);
  if (own === undefined) return { origins: [], uses: [], isCut: false };
  const graph = await answered(
    api.GET("/v1/lineage/graph", {
      params: { query: { dataset: name, namespace, direction: "downstream", depth: 2 } },
    }),
  );
  const here = `dataset:${namespace}:${name}`;
  const readers = graph.edges
    .filter((edge) => edge.kind === "derives" && edge.source === here)
    .flatMap((edge) => datasetIn(edge.target) ?? []);
  const events = new Map([[own, await eventText(own)]]);
  for (const reader of readers.slice(0, MOST_READERS)) {
    const event = await newestEvent(reader.namespace, reader.dataset);
    if (event !== undefined && !events.has(event)) events.set(event, await eventText(event));
  }
  const uses = [...events.values()].flatMap((text) => usesOf(text, namespace, name, column));
  const told = columnsToldOf(events.get(own) ?? "{}", namespace, name) ?? [];
  return {
    origins: told.find((one) => one.name === column)?.from ?? [],
    uses: [...new Map(uses.map((one) => [`${one.id} ${one.field}`, one])).values()],
    isCut: graph.isCut || readers.length > MOST_READERS,
  };
}

/** The newest run that completed and named the dataset. */
async function newestEvent(namespace: string, dataset: string): Promise<number | undefined> {
  const { data } = await answered(
    api.GET("/v1/lineage/events", {
      params: { query: { dataset, namespace, eventType: "COMPLETE", limit: 1 } },
    }),
  );
  return data[0]?.eventId;
}

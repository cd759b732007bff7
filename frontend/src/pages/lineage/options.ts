/** What the search of lineage offers. */
import type { Node } from "./graph";

export interface Option {
  value: string;
  label: string;
}

export const DRAWN = "In this graph";
export const OTHERS = "Datasets found";

/** Datasets that are drawn, and those that the API found; the one where the graph begins is always among them. */
export function optionsOf(
  drawn: Node[],
  found: Option[],
  begun: string | undefined,
): { group: string; items: Option[] }[] {
  const items = drawn
    .filter((node) => node.type === "dataset")
    .map((node) => ({ value: node.id, label: node.name }));
  if (begun !== undefined && !items.some((one) => one.value === begun))
    items.push({ value: begun, label: begun.split(":").at(-1) ?? begun });
  return [
    { group: DRAWN, items },
    { group: OTHERS, items: found.map(({ value, label }) => ({ value, label })) },
  ].filter((group) => group.items.length > 0);
}

import type { Schemas } from "@/api/client";

type Dataset = Pick<Schemas["DatasetPageView"], "columns">;

/** The columns whose values are tokens. */
export function maskedColumns(dataset: Dataset): ReadonlySet<string> {
  return new Set(
    dataset.columns.filter((column) => column.decision?.isMasked).map((column) => column.name),
  );
}

/** The columns that rows have, those that the dataset knows first, in its order. */
export function columnsIn(dataset: Dataset, rows: Record<string, unknown>[]): string[] {
  const there = new Set(rows.flatMap((row) => Object.keys(row)));
  const known = dataset.columns.map((column) => column.name);
  return [...known, ...[...there].filter((name) => !known.includes(name))];
}

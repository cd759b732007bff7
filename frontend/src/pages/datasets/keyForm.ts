/** A primary key as a form asks for it, and as the API takes it. */
import type { Schemas } from "@/api/client";

export interface KeyField {
  label: string;
  isBoolean: boolean;
}

type Dataset = Pick<Schemas["DatasetPageView"], "primaryKey" | "columns">;

export function keyFields(dataset: Dataset): KeyField[] {
  return dataset.primaryKey.map((path) => {
    const label = path.join(".");
    const column = dataset.columns.find((one) => one.path.join(".") === label);
    return { label, isBoolean: column?.type === "boolean" };
  });
}

/** In the order of the primary key. Numbers go as they were typed: no double changes them. */
export function keyValues(fields: KeyField[], typed: Record<number, string>): unknown[] {
  return fields.map((field, place) => {
    const text = typed[place] ?? "";
    return field.isBoolean && /^(true|false)$/.test(text) ? text === "true" : text;
  });
}

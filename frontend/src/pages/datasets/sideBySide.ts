/** One record in the three layers, column by column. */
import type { Schemas } from "@/api/client";
import { exactly } from "@/parts/jsonText";

type Column = Pick<Schemas["DatasetColumnView"], "name" | "path">;
type Values = Record<string, unknown>;

export interface Compared {
  /** The column, or the field of the record that no column holds. */
  name: string;
  /** Undefined where the layer has no such field. */
  explore: unknown;
  chart: unknown;
  navigate: unknown;
  isColumn: boolean;
}

/** What each layer has; nothing of a layer that was not asked, or has the record no more. */
export interface Layers {
  /** The record's own JSON, as it was sent. */
  explore: string | undefined;
  chart: Values;
  navigate: Values | undefined;
}

/** The columns in their order, then the record's own fields that became none of them. */
export function sideBySide(columns: Column[], layers: Layers): Compared[] {
  const record = layers.explore === undefined ? undefined : recordOf(layers.explore);
  const compared = columns.map((column) => ({
    name: column.name,
    explore: at(record, column.path),
    chart: layers.chart[column.name],
    navigate: layers.navigate?.[column.name],
    isColumn: true,
  }));
  const held = new Set(columns.map((column) => column.path[0]));
  const left = Object.keys(record ?? {}).filter((field) => !held.has(field));
  return [
    ...compared,
    ...left.map((field) => ({
      name: field,
      explore: record?.[field],
      chart: undefined,
      navigate: undefined,
      isColumn: false,
    })),
  ];
}

function recordOf(text: string): Values | undefined {
  const value = exactly(text);
  return isObject(value) ? value : undefined;
}

function at(record: Values | undefined, path: string[]): unknown {
  return path.reduce<unknown>(
    (value, field) => (isObject(value) ? value[field] : undefined),
    record,
  );
}

function isObject(value: unknown): value is Values {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** The version of navigate that a row of chart stands for: the newest, if it is current. */
export function currentOf(
  versions: Schemas["VersionView"][] | undefined,
): Schemas["VersionView"] | undefined {
  return versions?.find((version) => version.isCurrent && !version.isDeleted);
}

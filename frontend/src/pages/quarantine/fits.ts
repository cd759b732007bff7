/** Whether a corrected record may fit its stream's columns; the gate's own word is the preview of a replay. */
import type { Schemas } from "@/api/client";

type Column = Pick<Schemas["TableColumnView"], "field" | "inner" | "type" | "required">;

const INSTANT = new Set(["timestamptz", "timestamp", "date"]);

export function misfits(record: Record<string, unknown>, columns: Column[]): string[] {
  return columns
    .filter((column) => column.inner.length === 0)
    .flatMap((column) => {
      const value = record[column.field];
      if (value === undefined || value === null)
        return column.required ? [`${column.field} is required, and has no value.`] : [];
      return fits(value, column.type) ? [] : [`${column.field} may not fit ${column.type}.`];
    });
}

function fits(value: unknown, type: string): boolean {
  if (type === "boolean") return typeof value === "boolean";
  if (type === "bigint") return /^-?\d+(\.0+)?$/.test(String(value)) || Number.isInteger(value);
  if (type === "numeric" || type === "double precision")
    return typeof value === "number" || (typeof value === "string" && isNumber(value));
  if (INSTANT.has(type)) return typeof value === "string" && !Number.isNaN(Date.parse(value));
  return true;
}

const isNumber = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text));

/** What differs between two states of a row or of a record. */

export interface Change {
  field: string;
  kind: "added" | "removed" | "changed";
  was: unknown;
  is: unknown;
}

type Values = Record<string, unknown> | null | undefined;

/** Field by field; null and not there are the same, as an answer may leave nulls out. */
export function changesOf(before: Values, after: Values): Change[] {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  return fields.flatMap((field): Change[] => {
    const was = before?.[field] ?? undefined;
    const is = after?.[field] ?? undefined;
    if (same(was, is)) return [];
    const kind = was === undefined ? "added" : is === undefined ? "removed" : "changed";
    return [{ field, kind, was, is }];
  });
}

/** Deeply; the order of an object's keys does not matter, that of an array's items does. */
export function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]))
  );
}

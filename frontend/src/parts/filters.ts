import { useCallback } from "react";
import { useSearchParams } from "react-router";

type Value = string | null | undefined;

/** The filters of a page live in its address, so that it can be sent to somebody. Shape: several that change by one
 * act are set by one `setFilters`, for each call begins with the address that the page was drawn for. */
export function useFilters<K extends string>(...names: K[]) {
  const [search, setSearch] = useSearchParams();
  const filters = Object.fromEntries(
    names.map((name) => [name, search.get(name) ?? undefined]),
  ) as Record<K, string | undefined>;
  const setFilters = useCallback(
    (values: Partial<Record<K, Value>>) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [name, value] of Object.entries<Value>(values)) {
            if (value) after.set(name, value);
            else after.delete(name);
          }
          return after;
        },
        { replace: true },
      ),
    [setSearch],
  );
  const setFilter = useCallback(
    (name: K, value: Value) => setFilters({ [name]: value } as Record<K, Value>),
    [setFilters],
  );
  return [filters, setFilter, setFilters] as const;
}

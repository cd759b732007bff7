import { useCallback } from "react";
import { useSearchParams } from "react-router";

/** The filters of a page live in its address, so that it can be sent to somebody. */
export function useFilters<K extends string>(...names: K[]) {
  const [search, setSearch] = useSearchParams();
  const filters = Object.fromEntries(
    names.map((name) => [name, search.get(name) ?? undefined]),
  ) as Record<K, string | undefined>;
  const setFilter = useCallback(
    (name: K, value: string | null | undefined) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          if (value) after.set(name, value);
          else after.delete(name);
          return after;
        },
        { replace: true },
      ),
    [setSearch],
  );
  return [filters, setFilter] as const;
}

import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";

const ROWS = 100;

interface Page<T> {
  data: T[];
  next: string;
}

/** A list of the API, read on as somebody scrolls. `fetchPage` is given `limit` and `offset`. */
export function usePaged<T>(
  key: readonly unknown[],
  fetchPage: (window: { limit: number; offset: number }) => Promise<Page<T>>,
  options: { refetchInterval?: number; rows?: number; enabled?: boolean } = {},
) {
  const limit = options.rows ?? ROWS;
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => fetchPage({ limit, offset: pageParam }),
    initialPageParam: 0,
    getNextPageParam: (last: Page<T>, pages) => (last.next ? pages.length * limit : undefined),
    refetchInterval: options.refetchInterval ?? false,
    enabled: options.enabled ?? true,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  return { ...query, rows };
}

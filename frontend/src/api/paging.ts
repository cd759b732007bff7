import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";

const ROWS = 100;
const LIVE_PAGES = 5;

interface Page<T> {
  data: T[];
  next: string;
}

/** That there is more to read, and how it is. */
export interface More {
  has: boolean;
  isLoading: boolean;
  /** The next page was refused, or failed: it is asked for again only when somebody says so. */
  isStopped: boolean;
  load: () => void;
}

/** What the first page fixed for those after it, as `upTo`, so that nothing new moves them. */
type Pinned = Record<string, string>;

/**
 * A list of the API, read on as somebody scrolls. `fetchPage` is given `limit` and `offset`, and what is pinned.
 * With `refetchInterval` all that was read is asked anew, until that is more than a few pages.
 */
export function usePaged<T, P extends Page<T> = Page<T>>(
  key: readonly unknown[],
  fetchPage: (window: { limit: number; offset: number }, pinned: Pinned) => Promise<P & Page<T>>,
  options: {
    refetchInterval?: number | (() => number | false);
    rows?: number;
    enabled?: boolean;
  } = {},
) {
  const limit = options.rows ?? ROWS;
  const every = options.refetchInterval ?? false;
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => fetchPage({ limit, offset: pageParam.offset }, pageParam.pinned),
    initialPageParam: { offset: 0, pinned: {} as Pinned },
    getNextPageParam: (last: P & Page<T>, pages) =>
      last.next ? { offset: pages.length * limit, pinned: pinnedIn(last.next) } : undefined,
    refetchInterval: ({ state }) =>
      (state.data?.pages.length ?? 0) <= LIVE_PAGES &&
      (typeof every === "function" ? every() : every),
    enabled: options.enabled ?? true,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  return { ...query, rows, first: query.data?.pages[0], more: moreOf(query) };
}

export function moreOf(query: {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  fetchNextPage: () => unknown;
}): More {
  return {
    has: query.hasNextPage,
    isLoading: query.isFetchingNextPage,
    isStopped: query.isFetchNextPageError && !query.isFetchingNextPage,
    load: () => void query.fetchNextPage(),
  };
}

export function pinnedIn(next: string): Pinned {
  const { searchParams } = new URL(next, "http://atlas");
  const pinned: Pinned = {};
  for (const name of ["upTo", "recorded"]) {
    const value = searchParams.get(name);
    if (value !== null) pinned[name] = value;
  }
  return pinned;
}

import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";

import { answered, api } from "@/api/client";

import { type Happening, inOrder, type Kind, of, type Part } from "./events";

interface Page extends Part {
  hasMore: boolean;
}

/** All lists that the API has of what happened to a connection, as far as `limit` of each goes. */
export function useTimeline(connectionId: string, kinds: Kind[], limit: number) {
  const lists = useMemo(() => listsOf(connectionId, limit), [connectionId, limit]);
  const asked = (Object.keys(lists) as Kind[]).filter((kind) => kinds.includes(kind));
  const results: UseQueryResult<Page>[] = useQueries({
    queries: asked.map((kind) => ({
      queryKey: ["timeline", connectionId, kind, limit],
      queryFn: lists[kind],
      refetchInterval: 15_000,
    })),
  });
  const pages = results.flatMap((result) => (result.data ? [result.data] : []));
  return {
    happenings: results.some((result) => result.isPending) ? undefined : inOrder(pages),
    hasMore: pages.some((page) => page.hasMore),
    error: results.find((result) => result.error)?.error,
  };
}

function listsOf(connectionId: string, limit: number): Record<Kind, () => Promise<Page>> {
  const own = `/connections/${connectionId}`;
  const path = { connectionId };
  const query = { limit, offset: 0 };
  const ofPage = <T>(
    page: { data: T[]; next?: string },
    tell: (one: T) => Happening[],
    at?: (one: T) => string,
  ): Page => {
    const last = page.data.at(-1);
    return {
      happenings: page.data.flatMap(tell),
      hasMore: Boolean(page.next),
      until: page.next && last && at ? at(last) : undefined,
    };
  };
  return {
    job: async () =>
      ofPage(
        await answered(
          api.GET("/v1/jobs", {
            params: {
              query: { connectionId, orderBy: "createdAt|DESC", allTypes: true, ...query },
            },
          }),
        ),
        (one) => [of.job(one)],
        (one) => one.startTime,
      ),
    incident: async () =>
      ofPage(
        await answered(
          api.GET("/v1/connections/{connectionId}/incidents", { params: { path, query } }),
        ),
        (one) => of.incident(own, one),
        (one) => one.since,
      ),
    settings: async () =>
      ofPage(
        await answered(
          api.GET("/v1/connections/{connectionId}/settings-acts", { params: { path, query } }),
        ),
        (one) => [of.settings(own, one)],
        (one) => one.doneAt,
      ),
    schedule: async () =>
      ofPage(
        await answered(api.GET("/v1/schedules/{connectionId}/events", { params: { path, query } })),
        (one) => [of.schedule(own, one)],
        (one) => one.at,
      ),
    schema: async () =>
      ofPage(
        await answered(
          api.GET("/v1/connections/{connectionId}/schema-changes", { params: { path, query } }),
        ),
        (one) => of.schema(own, one),
        (one) => one.foundAt,
      ),
    state: async () => {
      const page = await answered(
        api.GET("/v1/connections/{connectionId}/state/versions", {
          // what connectors save with each landing would be most of it: it is in the books of their jobs
          params: { path, query: { ...query, acts: true } },
        }),
      );
      return ofPage(
        page,
        (one) => [of.state(own, one)],
        (one) => one.savedAt,
      );
    },
    tables: async () =>
      ofPage(
        await answered(
          api.GET("/v1/connections/{connectionId}/tables/acts", { params: { path, query } }),
        ),
        (one) => [of.tables(own, one)],
        (one) => one.doneAt,
      ),
    retention: async () =>
      ofPage(
        await answered(
          api.GET("/v1/connections/{connectionId}/retention/acts", { params: { path, query } }),
        ),
        (one) => [of.retention(own, one)],
        (one) => one.removedAt,
      ),
    "personal data": async () =>
      ofPage(
        await answered(
          api.GET("/v1/personal-data", {
            params: { query: { connectionId, decidedBy: "person", ...query } },
          }),
        ),
        of.personal,
      ),
    waiver: async () =>
      ofPage(
        await answered(api.GET("/v1/connections/{connectionId}/waivers", { params: { path } })),
        (one) => [of.waiver(own, one)],
      ),
    notification: async () =>
      ofPage(
        await answered(
          api.GET("/v1/notifications", { params: { query: { connectionId, ...query } } }),
        ),
        (one) => [of.notification(own, one)],
        (one) => one.createdAt,
      ),
  };
}

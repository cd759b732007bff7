import { useQuery } from "@tanstack/react-query";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";

export type Row = Schemas["OverviewConnection"];

export interface Wanted {
  name?: string | undefined;
  trouble?: Schemas["Trouble"] | undefined;
  tagIds?: string[] | undefined;
}

/** How all connections stand, the worst first, read on as somebody scrolls. */
export function useOverview(wanted: Wanted) {
  return usePaged<Row>(
    ["overview", wanted],
    async (window) => {
      const query = { ...wanted, ...window };
      const page = await answered(api.GET("/v1/overview", { params: { query } }));
      return { data: page.connections, next: page.next };
    },
    { refetchInterval: 10_000 },
  );
}

/** How one connection stands. The API finds it by its name alone. */
export function useStanding(connection: { connectionId: string; name: string }) {
  return useQuery({
    queryKey: ["overview", "one", connection.connectionId, connection.name],
    refetchInterval: 10_000,
    queryFn: async () => {
      const page = await answered(
        api.GET("/v1/overview", { params: { query: { name: connection.name, limit: 100 } } }),
      );
      return page.connections.find((row) => row.connectionId === connection.connectionId) ?? null;
    },
  });
}

import { $api, answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";

export type Row = Schemas["OverviewConnection"];

export interface Wanted {
  name?: string | undefined;
  trouble?: Schemas["TroubleWish"] | undefined;
  tagIds?: string[] | undefined;
  status?: Schemas["ConnectionStatus"] | undefined;
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

/** How one connection stands. */
export function useStanding(connectionId: string) {
  return $api.useQuery(
    "get",
    "/v1/overview",
    { params: { query: { connectionId } } },
    { refetchInterval: 10_000, select: (page) => page.connections[0] ?? null },
  );
}

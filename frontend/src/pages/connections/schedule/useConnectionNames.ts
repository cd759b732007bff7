import { useQuery } from "@tanstack/react-query";

import { allOf } from "@/api/all";
import { answered, api, type Schemas } from "@/api/client";

/** All connections, for a choice among them. */
export function useConnectionNames(enabled = true) {
  return useQuery({
    queryKey: ["connections", "names"],
    enabled,
    staleTime: 30_000,
    queryFn: () =>
      allOf<Schemas["ConnectionView"]>((window) =>
        answered(api.GET("/v1/connections", { params: { query: window } })),
      ),
  });
}

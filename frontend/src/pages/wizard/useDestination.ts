import { useQuery } from "@tanstack/react-query";

import { allOf } from "@/api/all";
import { answered, api, type Schemas } from "@/api/client";

/** The destination of a workspace: Atlas itself, of which each workspace has one. */
export function useDestination(workspaceId: string | undefined) {
  return useQuery({
    queryKey: ["destination", workspaceId],
    enabled: Boolean(workspaceId),
    queryFn: async () => {
      const all = await allOf<Schemas["DestinationView"]>((window) =>
        answered(api.GET("/v1/destinations", { params: { query: window } })),
      );
      const own = all.find((one) => one.workspaceId === workspaceId) ?? all[0];
      if (!own) throw new Error("There is no destination.");
      return own;
    },
  });
}

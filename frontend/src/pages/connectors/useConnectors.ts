import { useQuery } from "@tanstack/react-query";

import { answered, api, type Schemas } from "@/api/client";
import { usePaged } from "@/api/paging";

import { type Way } from "./ways";

export interface Wanted {
  q?: string | undefined;
  runs?: Way | undefined;
  kind?: string | undefined;
  language?: string | undefined;
  supportLevel?: string | undefined;
  installed?: boolean | undefined;
}

/** The catalogue, read on as somebody scrolls; what it is and how much matches comes with each page. */
export function useConnectors(wanted: Wanted) {
  const first = useQuery({
    queryKey: ["connectors", "first", wanted],
    queryFn: () =>
      answered(api.GET("/v1/connectors", { params: { query: { ...wanted, limit: 1 } } })),
  });
  const paged = usePaged<Schemas["ConnectorView"]>(["connectors", wanted], (window) =>
    answered(api.GET("/v1/connectors", { params: { query: { ...wanted, ...window } } })),
  );
  return { ...paged, catalogue: first.data?.catalogue, matches: first.data?.matches };
}

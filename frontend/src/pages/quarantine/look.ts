/** One look at a record's own values: asked for by hand, as each is written into the audit trail. */
import { useQuery } from "@tanstack/react-query";

import { answered, api } from "@/api/client";

export function useLook({ recordId, status }: { recordId: string; status: string }) {
  return useQuery({
    // once it is corrected it is another thing to look at
    queryKey: ["look at a record", recordId, status],
    queryFn: () =>
      answered(
        api.GET("/v1/quarantine/{recordId}", {
          params: { path: { recordId }, query: { withRecord: true } },
        }),
      ),
    enabled: false,
    retry: false,
    // what was looked at is not kept for longer than its page is open
    gcTime: 0,
  });
}

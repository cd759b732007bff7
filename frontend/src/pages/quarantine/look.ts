/** One look at a record's own values: asked for by hand, as each is written into the audit trail. */
import { useQuery } from "@tanstack/react-query";

import { send } from "@/api/client";
import { act } from "@/api/request";

export const lookAt = ({ recordId }: { recordId: string }) =>
  act("get", "/v1/quarantine/{recordId}", { path: { recordId }, query: { withRecord: true } });

export function useLook(record: { recordId: string; status: string }) {
  return useQuery({
    // once it is corrected it is another thing to look at
    queryKey: ["look at a record", record.recordId, record.status],
    queryFn: () => send(lookAt(record)),
    enabled: false,
    retry: false,
    // what was looked at is not kept for longer than its page is open
    gcTime: 0,
  });
}

import type { Schemas } from "@/api/client";
import { ofVersion } from "@/api/edited";
import { act } from "@/api/request";

import { useDraft } from "./draft";

/** A column's contract as it is chosen anew, and the request that keeps it. Shape: `tag` is of the list of all columns;
 * what is done to another of them does not stand in the way of this one. */
export function useContract(
  connectionId: string,
  column: Schemas["TableColumnView"],
  tag: string | undefined,
) {
  const form = useDraft({ value: column.contract, tag: column.contract }, (contract) => ({
    contract,
  }));
  const request = act("patch", "/v1/connections/{connectionId}/columns", {
    path: { connectionId },
    header: ofVersion(tag),
    body: {
      stream: column.stream,
      ...(column.namespace ? { namespace: column.namespace } : {}),
      field: column.field,
      inner: column.inner,
      ...form.draft,
    },
  });
  return { ...form, request };
}

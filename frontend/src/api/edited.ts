/** What somebody edits, with the tag of the version that was looked at (RFC 9110, 8.8.3). */
import { useQuery } from "@tanstack/react-query";

import { api } from "./client";

export interface Kept<T> {
  value: T;
  tag: string | undefined;
}

/** A resource and its tag: an edit that shows the tag is refused where somebody else was faster. */
export function useEdited<T>(path: string) {
  return useQuery<Kept<T>>({
    queryKey: ["edited", path],
    queryFn: async () => {
      const ask = api.request as unknown as (
        method: string,
        path: string,
      ) => Promise<{ data: T; response: Response }>;
      const { data, response } = await ask("get", path);
      return { value: data, tag: response.headers.get("etag") ?? undefined };
    },
  });
}

/** The header by which an edit names the version that it is of. */
export const ofVersion = (tag: string | undefined): Record<string, string> =>
  tag ? { "If-Match": tag } : {};

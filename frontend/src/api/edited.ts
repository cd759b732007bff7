/** What somebody edits, with the tag of the version that was looked at (RFC 9110, 8.8.3). */
import { useQuery } from "@tanstack/react-query";

import { sentForText } from "./client";
import type { ApiRequest } from "./request";

export interface Kept<T> {
  value: T;
  tag: string | undefined;
}

/** A resource and its tag: an edit that shows the tag is refused where somebody else was faster. Shape: `read` makes
 * the value of the answer's text, where numbers of it must stay as they are written. */
export function useEdited<Answer, T = Answer>(
  request: ApiRequest<Answer>,
  read: (text: string) => T = JSON.parse,
) {
  return useQuery<Kept<T>>({
    queryKey: ["edited", request.path],
    queryFn: async () => {
      const { data, response } = await sentForText(request);
      return { value: read(data), tag: response.headers.get("etag") ?? undefined };
    },
  });
}

/** The header by which an edit names the version that it is of. */
export const ofVersion = (tag: string | undefined): { "If-Match"?: string } =>
  tag ? { "If-Match": tag } : {};

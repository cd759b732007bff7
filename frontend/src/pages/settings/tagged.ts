/** Which connections have a tag. */
import type { Schemas } from "@/api/client";

export function taggedWith<C extends Pick<Schemas["ConnectionView"], "tags">>(
  connections: C[],
  tagId: string,
): C[] {
  return connections.filter(({ tags }) => (tags ?? []).some((tag) => tag.tagId === tagId));
}

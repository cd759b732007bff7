import type { Schemas } from "@/api/client";

export type Standing = Schemas["StreamTablesView"];

/** A stream as the API's acts name it. */
export const named = ({ stream, namespace }: { stream: string; namespace?: string | null }) => ({
  name: stream,
  ...(namespace ? { namespace } : {}),
});

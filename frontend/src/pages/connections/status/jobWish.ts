/** Jobs beside a plain sync, as a form holds them and as the API takes them. */
import type { Schemas } from "@/api/client";
import { idOf } from "@/pages/connections/streams/choice";

export type Kind = "refresh" | "clear" | "backfill" | "rebuild";

export interface JobWish {
  streamIds: string[];
  removesHistory: boolean;
  swaps: boolean;
  from: string;
  to: string;
  chunks: number;
}

export const NO_WISH: JobWish = {
  streamIds: [],
  removesHistory: false,
  swaps: false,
  from: "",
  to: "",
  chunks: 1,
};

/** Shape: no streams are all of the connection's; what a kind does not know is not sent. */
export function bodyOf(
  connection: Schemas["ConnectionView"],
  kind: Kind,
  wish: JobWish,
): Schemas["JobCreate"] {
  const chosen = new Set(wish.streamIds);
  const streams = connection.configurations.streams
    .filter((stream) => chosen.has(idOf(stream)))
    .map(({ name, namespace }) => ({ name, ...(namespace ? { namespace } : {}) }));
  return {
    connectionId: connection.connectionId,
    jobType: kind,
    atlas: {
      ...(streams.length > 0 ? { streams } : {}),
      removeHistory: wish.removesHistory && (kind === "refresh" || kind === "clear"),
      swap: wish.swaps && kind === "rebuild",
      ...(kind === "backfill"
        ? { backfill: { from: wish.from, to: wish.to, chunks: wish.chunks } }
        : {}),
    },
  };
}

/** What is lacking before it can be asked what it would do. */
export function lackOf(kind: Kind, wish: JobWish): string | undefined {
  if (kind !== "backfill") return undefined;
  if (wish.streamIds.length !== 1) return "A backfill is of one stream.";
  if (!wish.from.trim() || !wish.to.trim()) return "A backfill needs both ends of its range.";
  return undefined;
}

/** True if something goes for good, or is put in the place of what is published. */
export function isGrave(kind: Kind, wish: JobWish): boolean {
  if (kind === "clear") return true;
  return kind === "refresh" ? wish.removesHistory : kind === "rebuild" && wish.swaps;
}

/** Another state that somebody wants, and how the API is told of it. */
import type { Schemas } from "@/api/client";

/** Shape: a state is JSON, as it was typed. */
export type Wish = { version: number } | { clear: true } | { state: string };

/** Shape: each member as JSON, so that a state goes as it was typed. */
export function bodyOf(wish: Wish, streams: Schemas["StreamChoice"][]) {
  return {
    clear: JSON.stringify("clear" in wish),
    ...("version" in wish ? { version: JSON.stringify(wish.version) } : {}),
    ...("state" in wish ? { state: wish.state } : {}),
    ...(streams.length > 0 ? { streams: JSON.stringify(streams) } : {}),
  };
}

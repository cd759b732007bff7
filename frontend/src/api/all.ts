import { everything } from "./everything";

/** All of a list, page by page: for lists whose length is that of a choice, not of a history. */
export async function allOf<T>(
  fetchPage: Parameters<typeof everything<T>>[0],
  limit?: number,
): Promise<T[]> {
  return (await everything(fetchPage, Infinity, limit)).rows;
}

/** What became different between two moments, from lists of the API that have the newest first. */
import type { Schemas } from "@/api/client";

type Job = Schemas["JobView"];

/** The time between the end of the job that went well and that of the one that failed. Shape: ISO 8601. */
export interface Span {
  after: string;
  until: string;
}

const PAGE = 100;
const MOST_PAGES = 20;

/** The moment of it, where that is within the span; both ends count as Atlas's clock has them. */
export function isWithin(at: string, { after, until }: Span): boolean {
  const moment = Date.parse(at);
  return moment > Date.parse(after) && moment <= Date.parse(until);
}

/** What a list has within a span. Shape: it is read on until an entry is older than that; `isCut` where it
 * was too long to be read so far. */
export async function within<T>(
  fetchPage: (window: { limit: number; offset: number }) => Promise<{ data: T[]; next: string }>,
  atOf: (one: T) => string,
  span: Span,
): Promise<{ found: T[]; isCut: boolean }> {
  const found: T[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const { data, next } = await fetchPage({ limit: PAGE, offset: page * PAGE });
    found.push(...data.filter((one) => isWithin(atOf(one), span)));
    const last = data.at(-1);
    if (!next || !last || Date.parse(atOf(last)) <= Date.parse(span.after))
      return { found, isCut: false };
  }
  return { found, isCut: true };
}

/** Of jobs that succeeded, the newest that brought data: what brings an older generation back reads nothing. */
export function lastGoodOf(jobs: Job[]): Job | undefined {
  return jobs
    .filter(({ jobType }) => jobType === "sync" || jobType === "refresh")
    .filter(({ atlas }) => atlas.asked?.generation === undefined && atlas.endedAt !== undefined)
    .sort((one, other) => other.jobId - one.jobId)[0];
}

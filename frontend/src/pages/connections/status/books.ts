/** The newest books of each stream, from a connection's last jobs. */
import type { Schemas } from "@/api/client";
import { idOf } from "@/pages/connections/streams/choice";

export interface Newest {
  /** The last job that had the stream, whatever it did with it. */
  last: Schemas["JobView"];
  /** The last that read any of it: the books are of this one. */
  job: Schemas["JobView"];
  books: Schemas["StreamBooks"];
}

/** Shape: `jobs` newest first. A replay or rebuild reads nothing, and its books are empty: they say nothing of a
 * stream while another job's do. */
export function newestBooks(jobs: Schemas["JobView"][]): Map<string, Newest> {
  const found = new Map<string, Newest>();
  for (const job of jobs) {
    for (const books of job.atlas.streams) {
      const id = idOf(books);
      const newer = found.get(id);
      if (!newer) found.set(id, { last: job, job, books });
      else if (!hasRead(newer.books) && hasRead(books))
        found.set(id, { last: newer.last, job, books });
    }
  }
  return found;
}

const hasRead = ({ read, rejected }: Schemas["StreamBooks"]): boolean => read > 0 || rejected > 0;

/** The version by which each stream is read now. */
export function newestVersions(versions: Schemas["SchemaVersionView"][]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { stream, namespace, version } of versions) {
    const id = idOf({ name: stream, namespace: namespace ?? null });
    found.set(id, Math.max(version, found.get(id) ?? 0));
  }
  return found;
}

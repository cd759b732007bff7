/** The newest books of each stream, from a connection's last jobs. */
import type { Schemas } from "@/api/client";
import { idOf } from "@/pages/connections/streams/choice";

export interface Newest {
  job: Schemas["JobView"];
  books: Schemas["StreamBooks"];
}

/** Shape: `jobs` newest first; of a stream the first job that has books of it. */
export function newestBooks(jobs: Schemas["JobView"][]): Map<string, Newest> {
  const found = new Map<string, Newest>();
  for (const job of jobs) {
    for (const books of job.atlas.streams) {
      const id = idOf(books);
      if (!found.has(id)) found.set(id, { job, books });
    }
  }
  return found;
}

/** The version by which each stream is read now. */
export function newestVersions(versions: Schemas["SchemaVersionView"][]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { stream, namespace, version } of versions) {
    const id = idOf({ name: stream, namespace: namespace ?? null });
    found.set(id, Math.max(version, found.get(id) ?? 0));
  }
  return found;
}

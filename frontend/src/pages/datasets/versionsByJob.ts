/** How many versions of a dataset's rows each job wrote, the oldest job first. What a replay brings back
 * stands in the books of the job that had read it. */
import type { Schemas } from "@/api/client";

export interface JobVersions {
  jobId: number;
  /** When the job was over, or last heard of. */
  at: string;
  versions: number;
  deleted: number;
}

type Name = Pick<Schemas["DatasetPageView"], "stream" | "namespace">;

export function versionsByJob(jobs: Schemas["JobView"][], name: Name): JobVersions[] {
  return jobs
    .flatMap((job) => {
      const books = job.atlas.streams.find(
        (stream) =>
          stream.name === name.stream && (stream.namespace ?? "") === (name.namespace ?? ""),
      );
      if (!books?.versions) return [];
      const at = job.lastUpdatedAt ?? job.startTime;
      return [{ jobId: job.jobId, at, versions: books.versions, deleted: books.deleted }];
    })
    .sort((one, other) => one.jobId - other.jobId);
}

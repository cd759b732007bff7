/** How many versions of a dataset's rows each job that is over wrote, the oldest job first. What a replay brings back
 * stands in the books of the job that had read it. */
import type { Schemas } from "@/api/client";

export interface JobVersions {
  jobId: number;
  /** When the job was over, to the microsecond: not before any version of its own. */
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
      const at = job.atlas.endedAt;
      if (!books?.versions || !at) return [];
      return [{ jobId: job.jobId, at, versions: books.versions, deleted: books.deleted }];
    })
    .sort((one, other) => one.jobId - other.jobId);
}

/** How many of the jobs were over at a moment; all of them without one. Shape: the end of a job is in it. */
export function standingAt(jobs: Pick<JobVersions, "at">[], at: string | undefined): number {
  if (at === undefined) return jobs.length;
  return jobs.filter((job) => job.at === at || Date.parse(job.at) <= Date.parse(at)).length;
}

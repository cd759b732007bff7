/** How long a job took, or has been running. */
import type { Schemas } from "@/api/client";
import { secondsOf } from "@/parts/words";

type Job = Pick<Schemas["JobView"], "duration"> & {
  atlas: Pick<Schemas["AtlasJob"], "startedAt" | "endedAt">;
};

/** Units: seconds. Shape: of a job that is over from its instants, as its timeline has them; of one that runs as the
 * API counted, by its own clock, and `since` its answer; none of one that has not begun. */
export function tookOf(job: Job, since = 0): number | undefined {
  const { startedAt, endedAt } = job.atlas;
  if (startedAt && endedAt) return (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return job.duration === undefined ? undefined : secondsOf(job.duration) + since;
}

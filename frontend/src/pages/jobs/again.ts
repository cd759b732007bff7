/** The same job once more. */
import type { Schemas } from "@/api/client";

type Job = Pick<Schemas["JobView"], "connectionId" | "jobType"> & {
  atlas: Pick<Schemas["AtlasJob"], "asked" | "engine">;
};
type Repeated = "sync" | "refresh" | "clear" | "rebuild" | "backfill";

const REPEATED: readonly string[] = ["sync", "refresh", "clear", "rebuild", "backfill"];

/** What asks for the same as this job was asked for. Shape: none of a type that is not asked for so: a replay
 * is of records. */
export function againOf({ connectionId, jobType, atlas }: Job): Schemas["JobCreate"] | undefined {
  if (!REPEATED.includes(jobType)) return undefined;
  const asked = { streams: [], removeHistory: false, swap: false, ...atlas.asked };
  return { connectionId, jobType: jobType as Repeated, atlas: asked };
}

/** True if something goes for good, or is put in the place of what is published. */
export function isGrave({
  jobType,
  atlas,
}: Pick<Schemas["JobCreate"], "jobType" | "atlas">): boolean {
  if (jobType === "clear") return true;
  return jobType === "refresh" ? Boolean(atlas?.removeHistory) : Boolean(atlas?.swap);
}

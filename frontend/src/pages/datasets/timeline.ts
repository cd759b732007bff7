/** Versions of a row on a line of time. */
import type { Schemas } from "@/api/client";

type Version = Schemas["VersionView"];

export interface Stretch {
  version: Version;
  /** Units: percent of the line. */
  left: number;
  width: number;
}

/** The narrowest that a version is drawn, so that it can be seen and chosen. Units: percent. */
export const NARROWEST = 2;

/** Shape: newest first, as the API has them; oldest first out. The line begins with the first version and ends at `until`. */
export function stretches(versions: Version[], until: number): Stretch[] {
  const oldestFirst = [...versions].reverse();
  const first = oldestFirst[0];
  if (!first) return [];
  const begin = Date.parse(first.validFrom);
  const whole = Math.max(until - begin, 1);
  const widths = oldestFirst.map((version) => {
    const end = version.validTo ? Date.parse(version.validTo) : until;
    const length = Math.max(end - Date.parse(version.validFrom), 0);
    return Math.max((100 * length) / whole, NARROWEST);
  });
  // what was widened to be seen is taken from all, in proportion
  const total = widths.reduce((sum, width) => sum + width, 0);
  let left = 0;
  return oldestFirst.map((version, place) => {
    const width = (100 * (widths[place] ?? 0)) / total;
    const stretch = { version, left, width };
    left += width;
    return stretch;
  });
}

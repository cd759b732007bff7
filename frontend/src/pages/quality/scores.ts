/** Scores in the order in which they want to be looked at, and by dimension. */
import type { Schemas } from "@/api/client";

export type Score = Schemas["DimensionScoreView"];
export type Dimension = Schemas["Dimension"];

export const DIMENSIONS: Dimension[] = [
  "completeness",
  "uniqueness",
  "validity",
  "consistency",
  "accuracy",
  "timeliness",
];

/** The lowest first; what was not measured stands last: it is neither good nor bad. */
export function lowestFirst(scores: Score[]): Score[] {
  return [...scores].sort((one, other) => (one.score ?? 2) - (other.score ?? 2));
}

export interface DimensionSummary {
  dimension: Dimension;
  lowest: Score | undefined;
  /** Datasets in which it was measured, and in which it was not. */
  measured: number;
  unmeasured: number;
  method: string | undefined;
}

/** All six, the one with the lowest score first. */
export function byDimension(scores: Score[]): DimensionSummary[] {
  const summaries = DIMENSIONS.map((dimension) => {
    const of = scores.filter((score) => score.dimension === dimension);
    const measured = lowestFirst(of.filter((score) => score.score !== undefined));
    return {
      dimension,
      lowest: measured[0],
      measured: measured.length,
      unmeasured: of.length - measured.length,
      method: of[0]?.method,
    };
  });
  return summaries.sort((one, other) => (one.lowest?.score ?? 2) - (other.lowest?.score ?? 2));
}

export interface TrendPoint {
  jobId: number;
  recordedAt: string;
  [dimension: string]: number | string | null;
}

/** Points of a line for each dimension, the oldest job first; what was not measured is a gap. */
export function trendPoints(jobs: Schemas["JobScoresView"][]): TrendPoint[] {
  return jobs
    .map(({ jobId, recordedAt, scores }) => ({
      ...Object.fromEntries(scores.map((point) => [point.dimension, point.score ?? null])),
      jobId,
      recordedAt,
    }))
    .reverse();
}

/** One dimension's scores, the oldest job first; jobs that did not measure it are left out. */
export function scoresOf(jobs: Schemas["JobScoresView"][], dimension: Dimension): number[] {
  return jobs
    .flatMap(({ scores }) => scores.filter((one) => one.dimension === dimension))
    .flatMap(({ score }) => (score === undefined ? [] : [score]))
    .reverse();
}

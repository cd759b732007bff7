import type { DatasetName } from "@/parts/datasets";
import { Spark } from "@/parts/Spark";
import { percent } from "@/parts/words";

import { type Dimension, scoresOf } from "./scores";
import { useTrend } from "./useTrend";

/** How one dimension of a dataset went over its last jobs; nothing where it was measured once or never. */
export function ScoreSpark({ dataset, dimension }: { dataset: DatasetName; dimension: Dimension }) {
  const { data } = useTrend(dataset);
  const scores = scoresOf(data?.data ?? [], dimension);
  const [first, last] = [scores[0], scores.at(-1)];
  if (first === undefined || last === undefined) return null;
  return (
    <Spark
      values={scores}
      label={`${dimension} over ${scores.length} jobs: from ${percent(first)} to ${percent(last)}`}
    />
  );
}

import { Tooltip } from "@mantine/core";
import { Link } from "react-router";

import { lasting, many, spoken } from "./words";
import classes from "./JobStrip.module.css";

interface Run {
  jobId: number;
  jobType: string;
  status: string;
  durationS?: number | null;
  rows?: number | null;
}

// how high a job stands: what went wrong stands out without its colour
const HEIGHTS: Record<string, number> = { failed: 20, running: 14, pending: 14, succeeded: 10 };

/** The last jobs, oldest first, a bar each; the whole strip leads to them. */
export function JobStrip({ runs, to, label }: { runs: Run[]; to: string; label: string }) {
  if (runs.length === 0) return <span>–</span>;
  return (
    <Link to={to} className={classes.strip} aria-label={`${label}: ${told(runs)}`}>
      {runs.map((run) => (
        <Tooltip key={run.jobId} label={about(run)}>
          <span
            className={classes.bar}
            data-status={run.status}
            style={{ height: HEIGHTS[run.status] ?? 6 }}
          />
        </Tooltip>
      ))}
    </Link>
  );
}

/** How many of them ended how: "28 succeeded, 2 failed". */
export function told(runs: { status: string }[]): string {
  const counts = new Map<string, number>();
  for (const { status } of runs) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, number]) => `${number} ${status}`).join(", ");
}

function about(run: Run): string {
  const parts = [`Job ${run.jobId}: ${spoken(run.jobType)} ${run.status}`];
  if (run.durationS != null) parts.push(lasting(run.durationS));
  if (run.rows != null) parts.push(many(run.rows, "record"));
  return parts.join(", ");
}

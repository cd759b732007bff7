import { Group, Tooltip, UnstyledButton } from "@mantine/core";
import { Link } from "react-router";

import type { Schemas } from "@/api/client";
import { many } from "@/parts/words";

import classes from "./RunStrip.module.css";

type Recent = Schemas["RecentJob"];

const SIGNS: Record<Recent["status"], string> = {
  succeeded: "",
  failed: "×",
  cancelled: "–",
  running: "›",
  pending: "·",
};

/** The last jobs of a connection, oldest first; each leads to its page. */
export function RunStrip({ jobs }: { jobs: Recent[] }) {
  const most = Math.max(1, ...jobs.map((job) => job.rows ?? 0));
  return (
    <Group gap={2} wrap="nowrap" align="flex-end" h={28}>
      {jobs.map((job) => {
        const rows = job.rows === undefined ? "" : `, ${many(job.rows, "record")}`;
        const said = `Job ${job.jobId}: ${job.jobType} ${job.status}${rows}`;
        return (
          <Tooltip key={job.jobId} label={said} events={{ hover: true, focus: true, touch: true }}>
            <UnstyledButton
              component={Link}
              to={`/jobs/${job.jobId}`}
              aria-label={said}
              className={classes.run}
              data-status={job.status}
              style={{ height: `${30 + 70 * ((job.rows ?? 0) / most)}%` }}
            >
              {SIGNS[job.status]}
            </UnstyledButton>
          </Tooltip>
        );
      })}
    </Group>
  );
}

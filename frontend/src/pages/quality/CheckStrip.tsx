import { Group, Text, Tooltip } from "@mantine/core";
import { Link } from "react-router";

import type { Schemas } from "@/api/client";

import classes from "./CheckStrip.module.css";

/** What one check found over time, the oldest first; each result leads to its job. */
export function CheckStrip({ results }: { results: Schemas["ResultView"][] }) {
  return (
    <Group gap="xs" align="flex-end">
      <Group gap={3} align="flex-end" role="list" aria-label="Results over time, the oldest first">
        {[...results].reverse().map((one) => {
          const measured =
            one.measured === undefined ? "" : `, ${one.measured.toLocaleString("en")}`;
          const said = `Job ${one.jobId}: ${one.outcome}${measured}`;
          return (
            <span key={one.promotionId} role="listitem">
              <Tooltip label={said}>
                <Link
                  className={classes.result}
                  data-outcome={one.outcome}
                  to={`/jobs/${one.jobId}`}
                  aria-label={said}
                />
              </Tooltip>
            </span>
          );
        })}
      </Group>
      <Text size="xs" c="dimmed">
        the newest last
      </Text>
    </Group>
  );
}

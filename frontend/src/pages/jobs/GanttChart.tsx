import { Text, Tooltip } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { lasting } from "@/parts/words";

import classes from "./GanttChart.module.css";
import { ganttOf } from "./spans";

/** When what of a job was done, by attempt, stream and layer. */
export function GanttChart({ timeline }: { timeline: Schemas["TimelineView"] }) {
  if (timeline.attempts.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No attempt has started.
      </Text>
    );
  }
  const { lanes, seconds } = ganttOf(timeline);
  return (
    <div className={classes.chart} role="table" tabIndex={0} aria-label="When what was done">
      {lanes.map((lane, place) => (
        <div key={place} className={classes.lane} role="row">
          <div className={classes.name} role="rowheader">
            <span data-stream={lane.stage !== ""}>{lane.name}</span>
            <span className={classes.stage}>{lane.stage}</span>
          </div>
          <div className={classes.bars} role="cell">
            {lane.bars.map((bar, number) => {
              const said = `${bar.label}, ${lasting(bar.seconds)}`;
              return (
                <Tooltip
                  key={number}
                  label={said}
                  events={{ hover: true, focus: true, touch: true }}
                >
                  <div
                    className={classes.bar}
                    data-kind={bar.kind}
                    tabIndex={0}
                    role="img"
                    aria-label={`${lane.name} ${lane.stage}: ${said}`}
                    style={{
                      left: `${bar.from * 100}%`,
                      width: `max(3px, ${(bar.to - bar.from) * 100}%)`,
                    }}
                  />
                </Tooltip>
              );
            })}
          </div>
        </div>
      ))}
      <div className={classes.lane} aria-hidden>
        <div className={classes.name} />
        <div className={classes.axis}>
          {[0, 0.25, 0.5, 0.75, 1].map((share) => (
            <span key={share}>{lasting(share * seconds)}</span>
          ))}
        </div>
      </div>
    </div>
  );
}

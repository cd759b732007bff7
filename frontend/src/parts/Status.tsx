import type { MantineColor } from "@mantine/core";
import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconEyeQuestion,
  IconPlayerPause,
  IconPlayerPlay,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

import classes from "./Status.module.css";
import { spoken } from "./words";

const LOOKS: Record<string, [MantineColor, ComponentType<{ size: number }>]> = {
  succeeded: ["teal", IconCircleCheck],
  pass: ["teal", IconCircleCheck],
  ok: ["teal", IconCircleCheck],
  active: ["teal", IconCircleCheck],
  published: ["teal", IconCircleCheck],
  delivered: ["teal", IconCircleCheck],
  success: ["teal", IconCircleCheck],
  verified: ["teal", IconCircleCheck],
  running: ["blue", IconPlayerPlay],
  pending: ["gray", IconClock],
  waiting: ["yellow", IconClock],
  late: ["orange", IconClock],
  failed: ["red", IconCircleX],
  fail: ["red", IconCircleX],
  error: ["red", IconCircleX],
  broken: ["red", IconCircleX],
  dead: ["red", IconCircleX],
  unhealthy: ["red", IconCircleX],
  held: ["red", IconCircleX],
  warn: ["yellow", IconAlertTriangle],
  "partial success": ["yellow", IconAlertTriangle],
  unverified: ["yellow", IconEyeQuestion],
  degraded: ["yellow", IconAlertTriangle],
  unsafe: ["grape", IconEyeQuestion],
  cancelled: ["gray", IconBan],
  interrupted: ["gray", IconBan],
  skipped: ["gray", IconBan],
  inactive: ["gray", IconPlayerPause],
};

// the theme's light badges are too faint for small letters
const colours = (color: MantineColor) => ({
  backgroundColor: `var(--mantine-color-${color}-light)`,
  color: `light-dark(color-mix(in srgb, var(--mantine-color-${color}-9) 70%, black), var(--mantine-color-${color}-1))`,
});

const STYLES = Object.fromEntries(
  Object.entries(LOOKS).map(([value, [color]]) => [value, colours(color)]),
);
const UNKNOWN = colours("gray");

/** A status by colour, sign and word: colour is never the only sign. */
export function Status({ value, label }: { value: string; label?: string }) {
  const Icon = LOOKS[value]?.[1];
  return (
    <span className={classes.status} style={STYLES[value] ?? UNKNOWN}>
      {Icon && <Icon size={13} />}
      <span>{label ?? spoken(value)}</span>
    </span>
  );
}

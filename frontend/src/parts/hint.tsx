import { Tooltip } from "@mantine/core";
import { type FocusEvent, type MouseEvent, type ReactNode, useState } from "react";

interface Pointed {
  onMouseEnter: (event: MouseEvent<HTMLElement>) => void;
  onMouseLeave: () => void;
  onFocus: (event: FocusEvent<HTMLElement>) => void;
  onBlur: () => void;
}

/**
 * What is said of an element while somebody points at it, by mouse, finger or focus.
 *
 * A tooltip that waits for this costs more than all else in a row of a list: this one is made only then.
 * Shape: the properties of that element, and what is drawn beside it.
 */
export function useHint(label: () => string): [Pointed, ReactNode] {
  const [pointedAt, pointAt] = useState<HTMLElement | null>(null);
  const leave = () => pointAt(null);
  return [
    {
      onMouseEnter: (event) => pointAt(event.currentTarget),
      onMouseLeave: leave,
      onFocus: (event) => pointAt(event.currentTarget),
      onBlur: leave,
    },
    pointedAt && <Tooltip opened target={pointedAt} label={label()} />,
  ];
}

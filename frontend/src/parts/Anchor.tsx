import { Anchor as MantineAnchor, type AnchorProps } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

/** A link within the dashboard. */
export function Anchor({
  to,
  children,
  ...props
}: AnchorProps & { to: string; children: ReactNode }) {
  return (
    <MantineAnchor component={Link} to={to} inherit {...props}>
      {children}
    </MantineAnchor>
  );
}

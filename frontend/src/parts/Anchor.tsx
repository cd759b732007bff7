import { Anchor as MantineAnchor, type AnchorProps } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

import classes from "./Anchor.module.css";

/**
 * A link within the dashboard, as large as the text that it is in.
 *
 * A row of a list has several: one that is only a link is drawn without what Mantine's can do beside, which takes
 * longer than all else in the row.
 */
export function Anchor({
  to,
  children,
  fw,
  size,
  ...more
}: AnchorProps & { to: string; children: ReactNode }) {
  if (Object.keys(more).length === 0 && (fw === undefined || typeof fw === "number")) {
    return (
      <Link to={to} className={classes.anchor} style={{ fontWeight: fw }}>
        {children}
      </Link>
    );
  }
  return (
    <MantineAnchor component={Link} to={to} inherit fw={fw} size={size} {...more}>
      {children}
    </MantineAnchor>
  );
}

import { Tooltip } from "@mantine/core";

import { count } from "./words";

/** How many rows there are; what was estimated, and not counted, says so. */
export function Rows({
  rows,
  estimated,
}: {
  rows: number | null | undefined;
  estimated?: boolean | null | undefined;
}) {
  if (rows === null || rows === undefined) return <span>–</span>;
  if (!estimated) return <span>{count(rows)}</span>;
  return (
    <Tooltip label="Estimated from PostgreSQL's statistics, not counted">
      <span tabIndex={0}>≈ {count(rows)} est.</span>
    </Tooltip>
  );
}

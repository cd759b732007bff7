import { useHint } from "./hint";
import { count } from "./words";

/** How many rows there are; what was estimated, and not counted, says so. */
export function Rows({
  rows,
  estimated,
}: {
  rows: number | null | undefined;
  estimated?: boolean | null | undefined;
}) {
  const [pointed, hint] = useHint(() => "Estimated from PostgreSQL's statistics, not counted");
  if (rows === null || rows === undefined) return <span>–</span>;
  if (!estimated) return <span>{count(rows)}</span>;
  return (
    <>
      <span tabIndex={0} {...pointed}>
        ≈ {count(rows)} est.
      </span>
      {hint}
    </>
  );
}

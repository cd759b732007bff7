import { linePoints } from "./sparkline";

/** A line without axes: how a number went. Its last value stands beside it in words. */
export function Spark({ values, label }: { values: number[]; label: string }) {
  if (values.length < 2) return null;
  return (
    <svg width={90} height={22} viewBox="0 0 90 22" role="img" aria-label={label}>
      <polyline
        points={linePoints(values, 88, 18)}
        transform="translate(1 2)"
        fill="none"
        stroke="light-dark(var(--mantine-color-petrol-7), var(--mantine-color-petrol-4))"
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
    </svg>
  );
}

import { Skeleton, Stack } from "@mantine/core";
import type { ReactNode } from "react";

import { ProblemAlert } from "./ProblemAlert";

interface Asked<T> {
  data: T | undefined;
  error: unknown;
}

/** What was asked for, once it is there; until then its shape, or why it is not there. */
export function Loaded<T>({
  query,
  lines = 4,
  children,
}: {
  query: Asked<T>;
  lines?: number;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) {
    return (
      <>
        {Boolean(query.error) && <ProblemAlert problem={query.error} />}
        {children(query.data)}
      </>
    );
  }
  if (query.error) return <ProblemAlert problem={query.error} />;
  return (
    <Stack gap="xs" role="status" aria-busy="true" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height={22} />
      ))}
    </Stack>
  );
}

import { Alert, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

import { Problem } from "@/api/problem";

/** An error as an error: what happened, what to do, and the id to find it by in the log. */
export function ProblemAlert({ problem }: { problem: unknown }) {
  if (!problem) return null;
  const known = problem instanceof Problem ? problem : undefined;
  const message = problem instanceof Error ? problem.message : String(problem);
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle aria-hidden />}
      title={known?.title ?? "This did not work"}
      role="alert"
    >
      {known ? known.detail : `Atlas could not be reached: ${message}`}
      {known?.errors.map((each) => (
        <Text key={`${each.pointer}${each.detail}`} size="sm" mt={4}>
          <code>{each.pointer}</code> {each.detail}
        </Text>
      ))}
      {known?.hint && (
        <Text size="sm" mt="xs" fw={500}>
          {known.hint}
        </Text>
      )}
      {known?.requestId && (
        <Text size="xs" mt="xs" c="dimmed">
          Request {known.requestId}
        </Text>
      )}
    </Alert>
  );
}

import { Alert, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

import type { Schemas } from "@/api/client";

import { SinceTheLastGoodOne } from "./SinceTheLastGoodOne";

type Job = Schemas["JobView"];

const WHO: Record<string, string> = {
  config_error: "Somebody who may change the source or the connection can mend this.",
  transient_error: "This may pass by itself; Atlas tries again by the connection's terms.",
  system_error: "Who runs Atlas can mend this; the log says more.",
};

/** Why a job failed, who can mend it, and what is different from when it last went well. */
export function Failure({ job }: { job: Job }) {
  const failure = job.atlas.failure;
  if (!failure) return null;
  const kind = failure.failureType ?? failure.type ?? "";
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle aria-hidden />}
      title={failure.title ?? "The job failed"}
    >
      {failure.detail && <Text size="sm">{failure.detail}</Text>}
      {(failure.hint ?? WHO[kind]) && (
        <Text size="sm" mt="xs" fw={500}>
          {failure.hint ?? WHO[kind]}
        </Text>
      )}
      <SinceTheLastGoodOne job={job} />
    </Alert>
  );
}

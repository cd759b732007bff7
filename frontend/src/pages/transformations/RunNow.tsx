import type { ButtonProps } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";

/** Lets a worker build a transformation. */
export function RunNow({
  transformation,
  onDone,
  ...button
}: ButtonProps & {
  transformation: Schemas["TransformationView"];
  onDone: (run: Schemas["TransformationRunView"]) => void;
}) {
  return (
    <Act
      aria-label={`Run ${transformation.name} now`}
      request={act("post", "/v1/transformations/{transformationId}/runs", {
        path: { transformationId: transformation.transformationId },
        body: {},
      })}
      done={(run) => `Run ${run.transformationRunId} is wished for`}
      onDone={onDone}
      {...button}
    >
      Run now
    </Act>
  );
}

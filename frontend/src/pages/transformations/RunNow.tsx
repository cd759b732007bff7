import type { ButtonProps } from "@mantine/core";

import type { Schemas } from "@/api/client";
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
    <Act<Schemas["TransformationRunView"]>
      aria-label={`Run ${transformation.name} now`}
      request={{
        method: "post",
        path: `/v1/transformations/${transformation.transformationId}/runs`,
        body: {},
      }}
      done={(run) => `Run ${run.transformationRunId} is wished for`}
      onDone={onDone}
      {...button}
    >
      Run now
    </Act>
  );
}

import { useEdited } from "@/api/edited";
import { act } from "@/api/request";

import { writtenIn } from "./written";

/** A connection's state as it is written, with the tag of its newest version, which a new one takes the place of. */
export const useCurrentState = (connectionId: string) =>
  useEdited(
    act("get", "/v1/connections/{connectionId}/state", { path: { connectionId } }),
    writtenIn,
  );

import type { Schemas } from "@/api/client";
import { act } from "@/api/request";

import { Act } from "./Act";

/** Tries once more what was given up telling; not there for what was not. */
export function TellAgain({ notification }: { notification: Schemas["NotificationView"] }) {
  if (notification.status !== "dead") return null;
  return (
    <Act
      size="compact-sm"
      variant="default"
      request={act("post", "/v1/notifications/{notificationId}/retry", {
        path: { notificationId: notification.notificationId },
      })}
      done="It is tried again"
    >
      Try again
    </Act>
  );
}

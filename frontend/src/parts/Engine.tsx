import { Badge } from "@mantine/core";
import { IconCloud } from "@tabler/icons-react";

import type { Schemas } from "@/api/client";

/** Who moves a connection's records, where that is not Atlas itself. */
export function Engine({ engine }: { engine: Schemas["Engine"] }) {
  if (engine === "local") return null;
  return (
    <Badge
      variant="outline"
      color="gray"
      tt="none"
      miw="max-content"
      leftSection={<IconCloud size={13} aria-hidden />}
    >
      Airbyte elsewhere
    </Badge>
  );
}

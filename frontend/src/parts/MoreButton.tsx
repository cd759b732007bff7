import { Button } from "@mantine/core";

import type { More } from "@/api/paging";

/** Reads a list on; not there once all of it is. */
export function MoreButton({ more, label = "Show more" }: { more: More; label?: string }) {
  if (!more.has) return null;
  return (
    <Button variant="default" w="fit-content" loading={more.isLoading} onClick={more.load}>
      {label}
    </Button>
  );
}

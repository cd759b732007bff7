import { ActionIcon, Button, Code, CopyButton, Popover, Stack, Text, Tooltip } from "@mantine/core";
import { IconApi } from "@tabler/icons-react";

import type { ApiRequest } from "@/api/request";

import { curl } from "./curl";

/** Shows the request behind an act, to copy into a script. */
export function AsRequest({ request }: { request: ApiRequest }) {
  const said = curl(request, window.location.origin);
  return (
    <Popover width={560} position="bottom-end" shadow="md" withArrow>
      <Popover.Target>
        <Tooltip label="The API request that does this">
          <ActionIcon variant="subtle" color="gray" aria-label="The API request that does this">
            <IconApi size={18} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Code block>{said}</Code>
          <Text size="xs" c="dimmed">
            <code>atlas token</code> prints a token where Atlas runs; elsewhere an application gets
            one.
          </Text>
          <CopyButton value={said}>
            {({ copied, copy }) => (
              <Button size="xs" variant="light" onClick={copy}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

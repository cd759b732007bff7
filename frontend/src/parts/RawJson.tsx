import { Button, Code, CopyButton, Group, ScrollArea, Stack } from "@mantine/core";
import { useMemo } from "react";

import { indented } from "./jsonText";

/** JSON text laid out, to read and to copy; what is copied is the text as it came. */
export function RawJson({
  text,
  label,
  height = 420,
}: {
  text: string;
  label: string;
  height?: number;
}) {
  const shown = useMemo(() => indented(text), [text]);
  return (
    <Stack gap="xs">
      <ScrollArea.Autosize
        mah={height}
        type="auto"
        viewportProps={{ tabIndex: 0, role: "region", "aria-label": label }}
      >
        <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {shown}
        </Code>
      </ScrollArea.Autosize>
      <Group>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Stack>
  );
}

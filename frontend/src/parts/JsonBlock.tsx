import { Box, Button, Code, CopyButton, Group, ScrollArea } from "@mantine/core";

/** JSON as it is, to read and to copy. */
export function JsonBlock({ value, label, height = 360 }: Props) {
  const text = JSON.stringify(value, null, 2);
  return (
    <Box>
      <Group justify="flex-end" mb={4}>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="light" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
      <ScrollArea.Autosize mah={height} viewportProps={{ tabIndex: 0, "aria-label": label }}>
        <Code block>{text}</Code>
      </ScrollArea.Autosize>
    </Box>
  );
}

interface Props {
  value: unknown;
  label: string;
  height?: number;
}

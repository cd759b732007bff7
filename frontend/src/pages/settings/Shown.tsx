import { Alert, Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";

/** What is shown this once: a secret or a link that nobody can look up later. */
export function ShownOnce({ title, values }: { title: string; values: Record<string, string> }) {
  return (
    <Alert title={title} color="yellow" mb="md">
      <Stack gap="xs">
        {Object.entries(values).map(([name, value]) => (
          <Group key={name} gap="xs">
            <Text size="sm" fw={600}>
              {name}
            </Text>
            <Code style={{ overflowWrap: "anywhere" }}>{value}</Code>
            <CopyButton value={value}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="default" onClick={copy}>
                  {copied ? "Copied" : "Copy"}
                </Button>
              )}
            </CopyButton>
          </Group>
        ))}
        <Text size="sm">It is not shown again.</Text>
      </Stack>
    </Alert>
  );
}

import { Alert, Button, Group } from "@mantine/core";

/** What is said where somebody else was faster. */
export function Overtaken({ isOvertaken, onReset }: { isOvertaken: boolean; onReset: () => void }) {
  if (!isOvertaken) return null;
  return (
    <Alert color="yellow" title="Somebody else has changed this meanwhile" mt="md">
      What is here was typed over what was before.
      <Group mt="xs">
        <Button size="compact-sm" variant="light" onClick={onReset}>
          Take theirs
        </Button>
      </Group>
    </Alert>
  );
}

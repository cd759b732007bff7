import { Button, Group, Stack, Text, Textarea } from "@mantine/core";

import { indented, objectProblem } from "./jsonText";

/** A record as JSON text, to be corrected; it says what is wrong with it before it is sent. */
export function RecordEditor({
  label,
  description,
  value,
  onChange,
  warnings = [],
}: {
  label: string;
  description?: string;
  value: string;
  onChange: (text: string) => void;
  /** What may not fit, though it is JSON. */
  warnings?: string[];
}) {
  const problem = value.trim() === "" ? undefined : objectProblem(value);
  return (
    <Stack gap="xs">
      <Textarea
        label={label}
        description={description}
        autosize
        minRows={6}
        maxRows={24}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={problem}
      />
      {!problem &&
        warnings.map((warning) => (
          <Text key={warning} size="sm" c="orange">
            {warning}
          </Text>
        ))}
      <Group>
        <Button
          size="compact-xs"
          variant="default"
          disabled={value.trim() === "" || Boolean(problem)}
          onClick={() => onChange(indented(value))}
        >
          Lay it out
        </Button>
      </Group>
    </Stack>
  );
}

import {
  Button,
  Checkbox,
  Group,
  Popover,
  ScrollArea,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconChevronDown, IconSearch } from "@tabler/icons-react";
import { useState } from "react";

import { count } from "@/parts/words";

import { neededOf, type StreamChoice } from "./choice";

interface Props {
  choice: StreamChoice;
  onChange: (leftOut: string[]) => void;
}

/** Which fields of a stream reach chart. */
export function Fields({ choice, onChange }: Props) {
  const [text, setText] = useState("");
  const { fields, leftOut } = choice;
  const needed = neededOf(choice);
  const wanted = text.trim().toLowerCase();
  const shown = fields.filter((field) => field.toLowerCase().includes(wanted));
  const free = shown.filter((field) => !needed.has(field));
  const set = (changed: string[], isRead: boolean) =>
    onChange(
      fields.filter((field) => (changed.includes(field) ? !isRead : leftOut.includes(field))),
    );
  if (fields.length === 0) return <Text size="xs">as they come</Text>;
  return (
    <Popover width={320} position="bottom-start" shadow="md" trapFocus>
      <Popover.Target>
        <Button
          aria-label={`Fields of ${choice.name}`}
          size="compact-xs"
          variant="default"
          disabled={!choice.isChosen}
          rightSection={<IconChevronDown size={12} aria-hidden />}
        >
          {leftOut.length === 0
            ? `all ${count(fields.length)}`
            : `${count(fields.length - leftOut.length)} of ${count(fields.length)}`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <TextInput
            label="Find a field"
            size="xs"
            leftSection={<IconSearch size={14} aria-hidden />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Group gap="xs">
            <Button size="compact-xs" variant="subtle" onClick={() => set(free, true)}>
              {wanted ? "Read these" : "Read all"}
            </Button>
            <Button size="compact-xs" variant="subtle" onClick={() => set(free, false)}>
              {wanted ? "Leave these out" : "Leave out what is not needed"}
            </Button>
          </Group>
          <ScrollArea.Autosize mah={260} type="auto">
            <Stack gap={6}>
              {shown.map((field) => (
                <Checkbox
                  key={field}
                  size="xs"
                  label={field}
                  description={
                    needed.has(field) ? "rows are told apart, ordered or checked by it" : undefined
                  }
                  disabled={needed.has(field) && !leftOut.includes(field)}
                  checked={!leftOut.includes(field)}
                  onChange={(event) => set([field], event.currentTarget.checked)}
                />
              ))}
            </Stack>
          </ScrollArea.Autosize>
          <Text size="xs" c="dimmed">
            What is left out gets no column in chart and navigate; one that is there keeps what it
            has. Explore has what the connector sends.
          </Text>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

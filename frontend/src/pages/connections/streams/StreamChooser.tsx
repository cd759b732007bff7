import { Checkbox, Group, MultiSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";

import { type Columns, DataTable } from "@/parts/DataTable";
import { many, spoken } from "@/parts/words";

import {
  idOf,
  lackOf,
  MODES,
  NESTED,
  type Nested,
  pathText,
  readsOn,
  type StreamChoice,
  type SyncMode,
} from "./choice";
import { Fields } from "./Fields";

interface Props {
  choices: StreamChoice[];
  onChange: (change: (before: StreamChoice[]) => StreamChoice[]) => void;
}

type Change = (choice: StreamChoice, patch: Partial<StreamChoice>) => void;

/** The streams of a source: which are read, and how each of them. */
export function StreamChooser({ choices, onChange }: Props) {
  const [text, setText] = useState("");
  const change = useCallback<Change>(
    (choice, patch) =>
      onChange((before) =>
        before.map((one) => (idOf(one) === idOf(choice) ? { ...one, ...patch } : one)),
      ),
    [onChange],
  );
  const columns = useMemo(() => columnsOf(change), [change]);
  const wanted = text.trim().toLowerCase();
  const shown = choices.filter((choice) => choice.name.toLowerCase().includes(wanted));
  const chosen = choices.filter((choice) => choice.isChosen).length;
  const shownIds = new Set(shown.map(idOf));
  const isAll = shown.length > 0 && shown.every((choice) => choice.isChosen);
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end">
        <TextInput
          label="Find a stream"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Checkbox
          label={wanted ? `All ${shown.length} that are shown` : "All of them"}
          checked={isAll}
          indeterminate={!isAll && shown.some((choice) => choice.isChosen)}
          onChange={(event) => {
            const isChosen = event.currentTarget.checked;
            onChange((before) =>
              before.map((one) => (shownIds.has(idOf(one)) ? { ...one, isChosen } : one)),
            );
          }}
        />
        <Text size="sm" c="dimmed" role="status">
          {many(chosen, "stream")} of {choices.length} chosen
        </Text>
      </Group>
      <DataTable label="Streams" rows={shown} columns={columns} rowHeight={58} />
    </Stack>
  );
}

function columnsOf(change: Change): Columns<StreamChoice> {
  return [
    {
      header: "Stream",
      cell: ({ row: { original: choice } }) => (
        <Checkbox
          label={choice.namespace ? `${choice.namespace}.${choice.name}` : choice.name}
          description={lackOf(choice) ?? (choice.offered ? undefined : "no longer offered")}
          checked={choice.isChosen}
          onChange={(event) => change(choice, { isChosen: event.currentTarget.checked })}
        />
      ),
    },
    {
      header: "Fields",
      cell: ({ row: { original: choice } }) => (
        <Fields choice={choice} onChange={(leftOut) => change(choice, { leftOut })} />
      ),
    },
    {
      header: "Sync mode",
      cell: ({ row: { original: choice } }) => (
        <Select
          aria-label={`Sync mode of ${choice.name}`}
          size="xs"
          w={230}
          allowDeselect={false}
          data={(choice.offered?.syncModes ?? [choice.syncMode]).map((mode) => ({
            value: mode,
            label: spoken(mode),
          }))}
          renderOption={({ option }) => (
            <div>
              <Text size="sm">{option.label}</Text>
              <Text size="xs" c="dimmed">
                {MODES[option.value as SyncMode]}
              </Text>
            </div>
          )}
          comboboxProps={{ width: 340, position: "bottom-start" }}
          value={choice.syncMode}
          disabled={!choice.isChosen}
          onChange={(mode) => mode && change(choice, { syncMode: mode as SyncMode })}
        />
      ),
    },
    { header: "Cursor", cell: ({ row }) => <Cursor choice={row.original} change={change} /> },
    { header: "Primary key", cell: ({ row }) => <Key choice={row.original} change={change} /> },
    {
      header: "Objects and arrays",
      cell: ({ row }) => <Objects choice={row.original} change={change} />,
    },
  ];
}

function Cursor({ choice, change }: { choice: StreamChoice; change: Change }) {
  if (!readsOn(choice.syncMode)) return <Text size="xs">–</Text>;
  if (choice.offered?.sourceDefinedCursorField) {
    return <Text size="xs">{pathText(choice.cursor) || "the source's own"}</Text>;
  }
  return (
    <Select
      aria-label={`Cursor of ${choice.name}`}
      size="xs"
      w={160}
      searchable
      data={paths(choice, [choice.cursor])}
      value={choice.cursor.length > 0 ? JSON.stringify(choice.cursor) : null}
      error={choice.isChosen && choice.cursor.length === 0 ? "needed" : undefined}
      disabled={!choice.isChosen}
      onChange={(path) => change(choice, { cursor: path ? (JSON.parse(path) as string[]) : [] })}
    />
  );
}

function Key({ choice, change }: { choice: StreamChoice; change: Change }) {
  if (choice.offered && choice.offered.sourceDefinedPrimaryKey.length > 0) {
    return <Text size="xs">{choice.key.map(pathText).join(", ")}</Text>;
  }
  return (
    <MultiSelect
      aria-label={`Primary key of ${choice.name}`}
      size="xs"
      w={190}
      searchable
      clearable
      data={paths(choice, choice.key)}
      value={choice.key.map((path) => JSON.stringify(path))}
      error={lackOf(choice) === "needs a primary key" ? "needed" : undefined}
      disabled={!choice.isChosen}
      onChange={(keys) => change(choice, { key: keys.map((path) => JSON.parse(path) as string[]) })}
    />
  );
}

/** What is laid out stays so. */
function Objects({ choice, change }: { choice: StreamChoice; change: Change }) {
  if (choice.isLaidOut) {
    return (
      <Text size="xs" w={190}>
        {NESTED[choice.nested]}; this stays
      </Text>
    );
  }
  return (
    <Select
      aria-label={`Objects and arrays of ${choice.name}`}
      size="xs"
      w={190}
      allowDeselect={false}
      data={Object.entries(NESTED).map(([value, label]) => ({ value, label }))}
      comboboxProps={{ width: 340, position: "bottom-start" }}
      value={choice.nested}
      disabled={!choice.isChosen}
      onChange={(nested) => nested && change(choice, { nested: nested as Nested })}
    />
  );
}

function paths(choice: StreamChoice, held: string[][]) {
  const all = [
    ...held.filter((path) => path.length > 0),
    ...(choice.offered?.propertyFields ?? []),
  ];
  const byText = new Map(all.map((path) => [JSON.stringify(path), pathText(path)]));
  return [...byText].map(([value, label]) => ({ value, label }));
}

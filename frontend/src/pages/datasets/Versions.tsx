import { Badge, Box, Group, Stack, Table, Text, UnstyledButton } from "@mantine/core";
import { useMemo, useState } from "react";

import type { Schemas } from "@/api/client";
import { At } from "@/parts/At";
import { FieldChanges } from "@/parts/FieldChanges";
import { ListTable } from "@/parts/ListTable";

import { stretches } from "./timeline";

type Version = Schemas["VersionView"];

/** A row's versions as a strip on a line of time, and what each changed against the one before. */
export function Versions({
  passport,
  masked,
}: {
  passport: Schemas["PassportView"];
  masked: ReadonlySet<string>;
}) {
  const { versions } = passport;
  const [until] = useState(() => Date.now());
  const drawn = useMemo(() => stretches(versions, until), [versions, until]);
  const [chosenAt, setChosenAt] = useState(versions[0]?.validFrom);
  const place = versions.findIndex((version) => version.validFrom === chosenAt);
  const chosen = versions[place];
  if (!chosen) return <Text size="sm">Navigate has no version of this key.</Text>;
  return (
    <Stack gap="sm">
      <Box pos="relative" h={44} role="group" aria-label="Versions in the order of time">
        {drawn.map(({ version, left, width }, number) => (
          <UnstyledButton
            key={version.validFrom}
            aria-pressed={version === chosen}
            aria-label={`Version ${number + 1} of ${drawn.length}, valid from ${version.validFrom}${version.isDeleted ? ", deleted" : ""}`}
            onClick={() => setChosenAt(version.validFrom)}
            pos="absolute"
            h="100%"
            ta="center"
            fz="xs"
            style={{
              left: `${left}%`,
              width: `calc(${width}% - 2px)`,
              overflow: "hidden",
              borderRadius: "var(--mantine-radius-sm)",
              background: background(version, version === chosen),
              color: version === chosen ? "var(--mantine-primary-color-contrast)" : undefined,
            }}
          >
            {version.isDeleted ? "deleted" : number + 1}
          </UnstyledButton>
        ))}
      </Box>
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          <At at={versions.at(-1)?.validFrom} exact />
        </Text>
        <Text size="xs" c="dimmed">
          now
        </Text>
      </Group>
      <VersionTable versions={versions} chosen={chosen} onChoose={setChosenAt} />
      <Text fw={600} size="sm">
        {versions[place + 1] ? "What this version changed" : "What the first version brought"}
      </Text>
      <FieldChanges before={versions[place + 1]?.values} after={chosen.values} masked={masked} />
    </Stack>
  );
}

function background(version: Version, isChosen: boolean): string {
  if (isChosen) return "var(--mantine-primary-color-filled)";
  return version.isDeleted
    ? "var(--mantine-color-red-light)"
    : "var(--mantine-primary-color-light)";
}

function VersionTable({
  versions,
  chosen,
  onChoose,
}: {
  versions: Version[];
  chosen: Version;
  onChoose: (validFrom: string) => void;
}) {
  return (
    <ListTable
      label="Versions"
      minWidth={640}
      maxHeight={320}
      heads={["Valid from", "Valid to", "Recorded", "Schema version", "Batch, record", "State"]}
      withTableBorder
    >
      {versions.map((version) => (
        <Table.Tr key={version.validFrom}>
          <Table.Td>
            <UnstyledButton
              fz="sm"
              td="underline"
              fw={version === chosen ? 600 : 400}
              aria-pressed={version === chosen}
              onClick={() => onChoose(version.validFrom)}
            >
              <At at={version.validFrom} exact />
            </UnstyledButton>
          </Table.Td>
          <Table.Td>
            <At at={version.validTo} exact />
          </Table.Td>
          <Table.Td>
            <At at={version.recordedAt} />
          </Table.Td>
          <Table.Td>{version.schemaVersion}</Table.Td>
          <Table.Td>
            {version.batchId}, {version.seq}
          </Table.Td>
          <Table.Td>
            <Group gap={4}>
              {version.isCurrent && (
                <Badge variant="light" tt="none">
                  current
                </Badge>
              )}
              {version.isDeleted && (
                <Badge color="red" variant="light" tt="none">
                  deleted
                </Badge>
              )}
            </Group>
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

import { Group, Table, Text } from "@mantine/core";
import { Link } from "react-router";

import type { Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { datasetPath, datasetTitle } from "@/parts/datasets";

import { type Standing, standingOf, standingSaid } from "./behind";
import classes from "./Freshness.module.css";

const LEGEND: [Standing, string][] = [
  ["on time", "on time"],
  ["due", "a window has come"],
  ["late", "late by two windows or more"],
  ["unscheduled", "no schedule"],
  ["none", "nothing published"],
];

/** Every stream of every connection, shaded by how many windows of its own schedule came since it was read. */
export function HeatMap({ connections }: { connections: Schemas["OverviewConnection"][] }) {
  return (
    <>
      <Table verticalSpacing={4} layout="auto">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={200}>Connection</Table.Th>
            <Table.Th>Streams, each against its schedule</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {connections.map(({ connectionId, name, freshness }) => (
            <Table.Tr key={connectionId}>
              <Table.Td>
                <Anchor to={`/connections/${connectionId}`} size="sm">
                  {name}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <Group gap={4}>
                  {freshness.perStream.map((one) => {
                    const title = datasetTitle(one);
                    const said = `${title}: ${standingSaid(one)}${
                      one.extractedAt ? `, data as of ${one.extractedAt}` : ""
                    }`;
                    return (
                      <Link
                        key={title}
                        className={classes.cell}
                        data-standing={standingOf(one)}
                        to={datasetPath({ connectionId, ...one })}
                        aria-label={said}
                        title={said}
                      >
                        {title}
                      </Link>
                    );
                  })}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group gap="md" mt="xs">
        {LEGEND.map(([standing, meaning]) => (
          <Group key={standing} gap={6}>
            <span className={classes.sign} data-standing={standing} aria-hidden />
            <Text size="xs">{meaning}</Text>
          </Group>
        ))}
      </Group>
    </>
  );
}

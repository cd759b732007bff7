import { Code, Stack, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import { $api } from "@/api/client";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { Section } from "@/parts/Section";
import { Status } from "@/parts/Status";

import { KeyStatus } from "./KeyStatus";

/** How this process is set, and whether its keys are those of its data. */
export function Configuration() {
  const settings = $api.useQuery("get", "/v1/system/settings");
  const [wanted, setWanted] = useState("");
  return (
    <Stack gap="xl">
      <KeyStatus />
      <Checkup />
      <Section
        title="Configuration"
        about="Environment variables, read once at the start of the process that answered. Of secrets it is only said whether they are set."
      >
        <TextInput
          label="Settings with"
          placeholder="a part of name or description"
          maw={340}
          mb="sm"
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value.toLowerCase())}
        />
        <Loaded query={settings} lines={10}>
          {({ data }) => (
            <ListTable
              label="Settings"
              minWidth={640}
              heads={["Variable", "Value", "Set by", "Meaning"]}
            >
              {data
                .filter((each) =>
                  `${each.variable} ${each.description}`.toLowerCase().includes(wanted),
                )
                .map((setting) => (
                  <Table.Tr key={setting.name}>
                    <Table.Td ff="monospace" fz="xs">
                      {setting.variable}
                    </Table.Td>
                    <Table.Td>
                      {setting.isSecret ? (
                        <Text size="sm" c="dimmed">
                          {setting.isSet ? "set, not shown" : "not set"}
                        </Text>
                      ) : (
                        setting.value !== undefined && <Code>{setting.value}</Code>
                      )}
                    </Table.Td>
                    <Table.Td>{setting.setBy}</Table.Td>
                    <Table.Td>
                      <Text size="sm">{setting.description}</Text>
                    </Table.Td>
                  </Table.Tr>
                ))}
            </ListTable>
          )}
        </Loaded>
      </Section>
    </Stack>
  );
}

function Checkup() {
  const checkup = $api.useQuery("get", "/v1/system/checkup");
  return (
    <Section
      title="Checkup"
      about="Interpreter, packages, keys, database, Redis and connectors, as atlas doctor looks at them where the API runs."
    >
      <Loaded query={checkup}>
        {({ data }) => (
          <ListTable label="Rights" minWidth={560} heads={["What", "Right", "Found"]}>
            {data.map((look) => (
              <Table.Tr key={look.subject}>
                <Table.Td>{look.subject}</Table.Td>
                <Table.Td>
                  {look.isRight ? (
                    <Status value="ok" label="right" />
                  ) : (
                    <Status value="warn" label="to mend" />
                  )}
                </Table.Td>
                <Table.Td>
                  <Text size="sm">{look.found}</Text>
                  {look.mend && (
                    <Text size="sm" fw={500}>
                      {look.mend}
                    </Text>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </ListTable>
        )}
      </Loaded>
    </Section>
  );
}

import { Stack, Table, Text } from "@mantine/core";

import { $api } from "@/api/client";
import { Facts } from "@/parts/Facts";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { Section } from "@/parts/Section";
import { Status } from "@/parts/Status";
import { count } from "@/parts/words";

/** Which keys there are, where they lie and what they hold; no key is ever shown. */
export function KeyStatus() {
  const status = $api.useQuery("get", "/v1/system/keys");
  return (
    <Section
      title="Keys"
      about="By their ids, which tell nothing of a key, and as they lie where the API runs. Back their files up: what they hold opens with them alone."
    >
      <Loaded query={status} lines={4}>
        {({ mask, master, isRotated }) => (
          <Stack>
            <Facts
              facts={[
                ["Mask key", mask.keyId],
                ["Is in", mask.where],
                ["Rows of the database are of it", ofDatabase(mask.isOfDatabase)],
                [
                  "Rotation of master keys",
                  isRotated ? (
                    <Status key="rotation" value="ok" label="the newest locks all secrets" />
                  ) : (
                    <Status key="rotation" value="waiting" label="begun: atlas secrets rotate" />
                  ),
                ],
              ]}
            />
            <ListTable
              label="Master keys"
              minWidth={560}
              heads={["Master key", "Is in", { text: "Secrets it locks", ta: "right" }, "Status"]}
            >
              {master.map((key) => (
                <Table.Tr key={key.keyId}>
                  <Table.Td ff="monospace" fz="xs">
                    {key.keyId}
                  </Table.Td>
                  <Table.Td>
                    {key.where ?? (
                      <Text size="sm">not at hand: put it back among the earlier keys</Text>
                    )}
                  </Table.Td>
                  <Table.Td ta="right">{count(key.secrets)}</Table.Td>
                  <Table.Td>
                    {key.where === undefined ? (
                      <Status value="failed" label="missing" />
                    ) : (
                      <Status
                        value={key.isNewest ? "ok" : "inactive"}
                        label={key.isNewest ? "newest" : "earlier"}
                      />
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </ListTable>
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}

function ofDatabase(isOfDatabase: boolean | undefined): string {
  if (isOfDatabase === undefined) return "none were made yet";
  return isOfDatabase ? "yes" : "no: no connection is synced";
}

import { Stack, Table, Text } from "@mantine/core";

import { answered, api } from "@/api/client";
import { usePaged } from "@/api/paging";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { useConnections } from "@/parts/ConnectionFilter";
import { Empty } from "@/parts/Empty";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { MoreButton } from "@/parts/MoreButton";
import { Section } from "@/parts/Section";
import { Status } from "@/parts/Status";
import { TellAgain } from "@/parts/TellAgain";
import { percent, spoken } from "@/parts/words";
import { allows, useSession } from "@/session/session";

/** Who is told of what, and whether it arrived. Rules are made on the page of their connection. */
export function Notifications() {
  const rules = usePaged(["notification rules"], (query) =>
    answered(api.GET("/v1/notification-rules", { params: { query } })),
  );
  const told = usePaged(["notifications"], (query) =>
    answered(api.GET("/v1/notifications", { params: { query } })),
  );
  const { roles } = useSession();
  const { data: connections } = useConnections();
  const connectionOf = (id: string) => connections?.find((each) => each.connectionId === id);
  const nameOf = (id: string) => connectionOf(id)?.name ?? id;
  const mayRun = (id: string) => allows(roles, "operator", connectionOf(id)?.workspaceId);
  return (
    <Stack gap="xl">
      <Section title="Rules" about="A rule belongs to a connection, and is made on its page.">
        <Loaded query={rules}>
          {() =>
            rules.rows.length ? (
              <ListTable
                label="Rules"
                minWidth={640}
                heads={["Connection", "Occasions", "By", "To", "Status"]}
              >
                {rules.rows.map((rule) => (
                  <Table.Tr key={rule.ruleId}>
                    <Table.Td>
                      <Anchor to={`/connections/${rule.connectionId}/settings`}>
                        {nameOf(rule.connectionId)}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>
                      {rule.occasions.map(spoken).join(", ")}
                      {rule.occasions.includes("quarantine") &&
                        ` over ${percent(rule.quarantineShare)}`}
                    </Table.Td>
                    <Table.Td>{rule.channel}</Table.Td>
                    <Table.Td>{rule.target}</Table.Td>
                    <Table.Td>
                      <Status value={rule.isActive ? "active" : "inactive"} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </ListTable>
            ) : (
              <Empty title="Nobody is told of anything">
                A connection&apos;s settings say who is told of failure, recovery, schema change or
                quarantine.
              </Empty>
            )
          }
        </Loaded>
        <MoreButton more={rules.more} />
      </Section>
      <Section
        title="Notifications"
        about="What was told, is still to be, or was given up; the newest first."
      >
        <Loaded query={told}>
          {() =>
            told.rows.length ? (
              <ListTable
                label="Notifications"
                minWidth={640}
                heads={["Occasion", "Connection", "Made", "Status", "Tries", "Acts"]}
              >
                {told.rows.map((each) => (
                  <Table.Tr key={each.notificationId}>
                    <Table.Td>{spoken(each.occasion)}</Table.Td>
                    <Table.Td>
                      <Anchor to={`/connections/${each.connectionId}`}>
                        {nameOf(each.connectionId)}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>
                      <At at={each.createdAt} />
                    </Table.Td>
                    <Table.Td>
                      <Status value={each.status} />
                      {each.lastFailure && (
                        <Text size="xs" c="dimmed">
                          {each.lastFailure}
                        </Text>
                      )}
                    </Table.Td>
                    <Table.Td>{each.tries}</Table.Td>
                    <Table.Td>
                      {mayRun(each.connectionId) && <TellAgain notification={each} />}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </ListTable>
            ) : (
              <Empty title="Nothing was told yet" />
            )
          }
        </Loaded>
        <MoreButton more={told.more} />
      </Section>
    </Stack>
  );
}

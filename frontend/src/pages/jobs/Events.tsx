import { Code, Table } from "@mantine/core";

import { $api, type Schemas } from "@/api/client";
import { At } from "@/parts/At";
import { Loaded } from "@/parts/Loaded";
import { Scrolled } from "@/parts/Scrolled";
import { spoken } from "@/parts/words";

/** The same answer is documented as an event stream too, so its type is said here. */
type Asked = { data: Schemas["Page_JobEventView_"] | undefined; error: unknown };

/** Every transition of a job, as kept and as followed live. */
export function Events({ jobId }: { jobId: number }) {
  const query = $api.useQuery("get", "/v1/jobs/{jobId}/events", {
    params: { path: { jobId }, query: { limit: 100 } },
  });
  return (
    <Loaded query={query as Asked}>
      {({ data }) => (
        <Scrolled label="Events" minWidth={640}>
          <Table verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Event</Table.Th>
                <Table.Th>At</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>Facts</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.map((event) => (
                <Table.Tr key={event.eventId}>
                  <Table.Td>{event.eventId}</Table.Td>
                  <Table.Td>
                    <At at={event.at} exact />
                  </Table.Td>
                  <Table.Td>{spoken(event.kind)}</Table.Td>
                  <Table.Td>
                    <Code>{JSON.stringify(event.payload)}</Code>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scrolled>
      )}
    </Loaded>
  );
}

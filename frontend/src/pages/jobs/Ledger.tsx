import { Table, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { Status } from "@/parts/Status";
import { count } from "@/parts/words";

type Job = Schemas["JobView"];
type Books = Schemas["StreamBooks"];

const COLUMNS: { key: keyof Books; title: string; about: string }[] = [
  { key: "read", title: "Read", about: "records that the source gave" },
  {
    key: "rejected",
    title: "Rejected",
    about: "could not be landed; in quarantine before explore",
  },
  {
    key: "unchanged",
    title: "Unchanged",
    about: "as they were in the generation before; recorded once",
  },
  { key: "outOfRange", title: "Out of range", about: "of a backfill, outside the range asked for" },
  { key: "explored", title: "Explored", about: "landed in explore as they were sent" },
  { key: "charted", title: "Charted", about: "in chart: typed, masked, checked" },
  {
    key: "superseded",
    title: "Superseded",
    about: "a newer record of the same key came in the range",
  },
  { key: "deleted", title: "Deleted", about: "say that their key is gone" },
  { key: "quarantined", title: "Quarantined", about: "broke a rule; kept out of chart" },
  { key: "held", title: "Held", about: "in a range that a gate holds back, or not yet promoted" },
  { key: "versions", title: "Versions", about: "facts added to history" },
];

/** Where a number leads: to the records it is made of, where there is a page of them. */
function placeOf(job: Job, stream: Books, key: keyof Books): string | undefined {
  const dataset = `/datasets/${job.connectionId}/${encodeURIComponent(stream.name)}`;
  const namespace = stream.namespace ? `?namespace=${encodeURIComponent(stream.namespace)}` : "";
  if (key === "quarantined" || key === "rejected") {
    return `/quarantine?connectionId=${job.connectionId}&stream=${encodeURIComponent(stream.name)}`;
  }
  if (key === "charted") return `${dataset}/sample${namespace}`;
  if (key === "versions") return `${dataset}/history${namespace}`;
  return undefined;
}

/** What became of every record that was read. */
export function Ledger({ job }: { job: Job }) {
  const { streams } = job.atlas;
  if (streams.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing has been read.
      </Text>
    );
  }
  const shown = COLUMNS.filter(
    ({ key }) => ["read", "explored", "charted"].includes(key) || streams.some((each) => each[key]),
  );
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Stream</Table.Th>
            {shown.map(({ key, title, about }) => (
              <Table.Th key={key} ta="right" title={about}>
                {title}
              </Table.Th>
            ))}
            <Table.Th>Balance</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {streams.map((stream) => (
            <Table.Tr key={`${stream.namespace ?? ""}.${stream.name}`}>
              <Table.Td>
                <Anchor
                  to={`/datasets/${job.connectionId}/${encodeURIComponent(stream.name)}${stream.namespace ? `?namespace=${encodeURIComponent(stream.namespace)}` : ""}`}
                >
                  {stream.namespace ? `${stream.namespace}.` : ""}
                  {stream.name}
                </Anchor>
              </Table.Td>
              {shown.map(({ key }) => {
                const number = stream[key] as number;
                const place = number ? placeOf(job, stream, key) : undefined;
                return (
                  <Table.Td key={key} ta="right" style={{ fontVariantNumeric: "tabular-nums" }}>
                    {place ? <Anchor to={place}>{count(number)}</Anchor> : count(number)}
                  </Table.Td>
                );
              })}
              <Table.Td>
                {stream.balanced ? (
                  <Status value="ok" label="balances" />
                ) : (
                  <Status value="broken" label="does not balance" />
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

import { Table, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { datasetPath } from "@/parts/datasets";
import { ListTable } from "@/parts/ListTable";
import { Status } from "@/parts/Status";
import { count } from "@/parts/words";

import { placeOf } from "./places";

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
    <ListTable
      label="Ledger"
      minWidth={640}
      heads={[
        "Stream",
        ...shown.map(({ title, about }) => ({ text: title, ta: "right" as const, title: about })),
        "Balance",
      ]}
    >
      {streams.map((stream) => (
        <Table.Tr key={`${stream.namespace ?? ""}.${stream.name}`}>
          <Table.Td>
            <Anchor
              to={datasetPath({
                connectionId: job.connectionId,
                stream: stream.name,
                namespace: stream.namespace,
              })}
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
            {stream.balanced && stream.read + stream.rejected === 0 ? (
              "–"
            ) : stream.balanced ? (
              <Status value="ok" label="balances" />
            ) : (
              <Status value="broken" label="does not balance" />
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

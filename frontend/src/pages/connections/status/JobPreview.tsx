import { List, Table, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";

import { $api, type Schemas } from "@/api/client";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { count, many } from "@/parts/words";

/** What a job would take away, or read once more, by the counts of now. */
export function JobPreview({ body }: { body: Schemas["JobCreate"] }) {
  // the API previews what reads or takes away; a rebuild does neither
  return body.jobType === "rebuild" ? <Rebuild body={body} /> : <Asked body={body} />;
}

function Rebuild({ body }: { body: Schemas["JobCreate"] }) {
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        What it would do
      </Text>
      <Text size="sm">
        Chart and navigate are made again beside what is published, and compared with it, row by
        row.{" "}
        {body.atlas?.swap
          ? "What is made then takes the place of what is published."
          : "Nothing that is there changes."}
      </Text>
    </div>
  );
}

function Asked({ body }: { body: Schemas["JobCreate"] }) {
  const [settled] = useDebouncedValue(body, 400);
  const query = $api.useQuery(
    "post",
    "/v1/jobs/preview",
    { body: settled },
    { retry: false, staleTime: 0 },
  );
  return (
    <Loaded query={query}>
      {(preview) => (
        <div>
          <Text size="sm" fw={600} mb={4}>
            What it would do
          </Text>
          {preview.backfill && <Backfill backfill={preview.backfill} />}
          {preview.streams.length > 0 && <Streams streams={preview.streams} />}
          {!preview.backfill && preview.streams.length === 0 && (
            <Text size="sm">Nothing that is there is taken away.</Text>
          )}
        </div>
      )}
    </Loaded>
  );
}

function Backfill({ backfill }: { backfill: Schemas["BackfillPreview"] }) {
  const { bounds, beginsAfter, rows } = backfill;
  return (
    <List size="sm">
      <List.Item>
        It is read in {many(bounds.length - 1, "chunk")}, bounded by {bounds.join(", ")}.
      </List.Item>
      <List.Item>The source is told to begin after {beginsAfter}.</List.Item>
      <List.Item>
        {rows == null
          ? "How many rows of the range are in chart now cannot be seen."
          : `${many(rows, "row")} of the range ${rows === 1 ? "is" : "are"} in chart now.`}
      </List.Item>
    </List>
  );
}

function Streams({ streams }: { streams: Schemas["StreamPreviewView"][] }) {
  return (
    <ListTable
      label="What it does to each stream"
      minWidth={480}
      maxHeight={260}
      heads={["Stream", "Rows in chart", "Past versions", "Records not published"]}
      verticalSpacing={4}
    >
      {streams.map((stream) => (
        <Table.Tr key={`${stream.namespace ?? ""}.${stream.name}`}>
          <Table.Td>{stream.name}</Table.Td>
          <Table.Td>
            {count(stream.chartRows)}, {stream.chart}
          </Table.Td>
          <Table.Td>
            {stream.history === "none"
              ? "no history"
              : `${count(stream.pastVersions)}, ${stream.history}`}
          </Table.Td>
          <Table.Td>{count(stream.unpublished)}</Table.Td>
        </Table.Tr>
      ))}
    </ListTable>
  );
}

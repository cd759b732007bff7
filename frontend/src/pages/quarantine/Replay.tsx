import { Stack, Table, Text } from "@mantine/core";
import type { ButtonProps } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { answered, api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { datasetTitle } from "@/parts/datasets";
import { Loaded } from "@/parts/Loaded";
import { count, many } from "@/parts/words";

export type Choice = Schemas["ReplayBody"];

/** Starts the job that brings records back, after what would become of them. */
export function ReplayAct({
  choice,
  children,
  onStarted,
  ...button
}: ButtonProps & { choice: Choice; children: ReactNode; onStarted: (jobId: number) => void }) {
  return (
    <Act
      request={act("post", "/v1/quarantine/replays", { body: choice })}
      done={(job) => `Job ${job.jobId} replays them.`}
      onDone={(job) => onStarted(job.jobId)}
      confirm={{
        title: "Replay records",
        content: <ReplayPreview choice={choice} />,
        label: "Replay them",
      }}
      {...button}
    >
      {children}
    </Act>
  );
}

function ReplayPreview({ choice }: { choice: Choice }) {
  const preview = useQuery({
    queryKey: ["quarantine", "preview", choice],
    queryFn: () => answered(api.POST("/v1/quarantine/preview", { body: choice })),
    // made anew for each question, but not when it has been answered
    staleTime: "static",
    gcTime: 0,
  });
  return (
    <Loaded query={preview} lines={4}>
      {({ streams }) => (
        <Stack gap="sm">
          <Text size="sm">
            What would become of them now. Records come back at their own places; those that a newer
            record of their key has replaced are superseded. The quality gate looks at the replay
            itself alone.
          </Text>
          {streams.map((stream) => (
            <Foreseen key={datasetTitle(stream)} stream={stream} />
          ))}
        </Stack>
      )}
    </Loaded>
  );
}

function Foreseen({ stream }: { stream: Schemas["ForeseenView"] }) {
  const fates: [string, number, string][] = [
    ["Come into chart", stream.charted, "row"],
    ["Superseded by a newer record", stream.superseded, "record"],
    ["Delete their row", stream.deleted, "record"],
    ["Kept out again", stream.quarantined, "record"],
    ["Versions of navigate", stream.versions, "version"],
    ["New in explore", stream.landed, "record"],
  ];
  const rules = Object.entries(stream.rules);
  return (
    <Stack gap={4}>
      <Text fw={600} size="sm">
        {datasetTitle(stream)}: {many(stream.picked, "record")} can come back
      </Text>
      <Table fz="sm" withTableBorder>
        <Table.Tbody>
          {fates.map(([name, number, unit]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={400}>
                {name}
              </Table.Th>
              <Table.Td>{many(number, unit)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {rules.length > 0 && (
        <Text size="sm">
          Still broken: {rules.map(([rule, records]) => `${rule} (${count(records)})`).join(", ")}.
        </Text>
      )}
    </Stack>
  );
}

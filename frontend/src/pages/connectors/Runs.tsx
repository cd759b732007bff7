import { Group, Text, Tooltip } from "@mantine/core";

import { Status } from "@/parts/Status";

import { type Connector, stateOf, WAYS } from "./ways";

/** Whether it can be run here, and why not otherwise. */
export function RunsHere({ connector }: { connector: Connector }) {
  const state = stateOf(connector);
  const { by, reason } = connector.runs;
  const way = by === "mock" ? "records are mock" : WAYS[by];
  const mark =
    state === "installed" ? (
      <Status
        value="ok"
        label={
          by === "built_in" ? "comes with Atlas" : `installed ${connector.installed?.version ?? ""}`
        }
      />
    ) : state === "installing" ? (
      <Status value="running" label="installing" />
    ) : state === "runnable" ? (
      <Status value="pending" label={by === "mock" ? "mock" : "can be installed"} />
    ) : (
      <Status value="cancelled" label="cannot be run here" />
    );
  return (
    <Group gap="xs" wrap="nowrap">
      {reason ? (
        <Tooltip
          label={reason}
          multiline
          w={320}
          events={{ hover: true, focus: true, touch: true }}
        >
          <span tabIndex={0}>{mark}</span>
        </Tooltip>
      ) : (
        mark
      )}
      <Text size="xs" c="dimmed">
        {way}
      </Text>
    </Group>
  );
}

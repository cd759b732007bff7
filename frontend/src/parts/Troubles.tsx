import { Group, Text } from "@mantine/core";

import type { Schemas } from "@/api/client";

import { Anchor } from "./Anchor";
import { At } from "./At";
import { Status } from "./Status";
import { troublePath } from "./troublePath";

/** What is not as it should be with a connection, each with where it is seen to. */
export function Troubles({ connectionId, troubles }: Props) {
  return (
    <>
      {troubles.map((trouble) => (
        <Group key={`${trouble.reason}${trouble.stream ?? ""}`} gap={6} wrap="nowrap">
          <Status value={trouble.kind} />
          <Text size="sm" component="div">
            <Anchor to={troublePath(connectionId, trouble)} size="sm">
              {trouble.detail}
            </Anchor>
            {trouble.since && (
              <Text span size="xs" c="dimmed">
                {" "}
                since <At at={trouble.since} />
              </Text>
            )}
          </Text>
        </Group>
      ))}
    </>
  );
}

interface Props {
  connectionId: string;
  troubles: Schemas["TroubleView"][];
}

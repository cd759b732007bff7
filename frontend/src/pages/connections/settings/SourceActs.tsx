import { Button, Group, List, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Loaded } from "@/parts/Loaded";

interface Props {
  form: string;
  isDirty: boolean;
  isPending: boolean;
  source: Schemas["SourceView"];
  children: ReactNode;
}

/** Keeping what was changed of a source; and deleting it with all of its connections. */
export function SourceActs({ form, isDirty, isPending, source, children }: Props) {
  const navigate = useNavigate();
  return (
    <>
      <Group gap={2}>
        <Button type="submit" form={form} loading={isPending} disabled={!isDirty}>
          Keep this configuration
        </Button>
        {children}
      </Group>
      <Act
        variant="light"
        color="red"
        request={act("delete", "/v1/sources/{sourceId}", { path: { sourceId: source.sourceId } })}
        done="The source is deleted; tables stay"
        onDone={() => void navigate("/connections")}
        confirm={{
          title: `Delete the source ${source.name}`,
          label: "Delete it",
          danger: true,
          typeName: source.name,
          content: <Deletion sourceId={source.sourceId} />,
        }}
      >
        Delete the source
      </Act>
    </>
  );
}

function Deletion({ sourceId }: { sourceId: string }) {
  const query = $api.useQuery("get", "/v1/sources/{sourceId}/deletion", {
    params: { path: { sourceId } },
  });
  return (
    <Loaded query={query}>
      {({ connections }) => (
        <>
          <Text size="sm">
            Its configuration and secrets go for good, and these connections with it. Their tables
            stay.
          </Text>
          <List size="sm">
            {connections.map((one) => (
              <List.Item key={one.connectionId}>{one.name}</List.Item>
            ))}
          </List>
        </>
      )}
    </Loaded>
  );
}

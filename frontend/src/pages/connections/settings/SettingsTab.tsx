import { Stack } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Loaded } from "@/parts/Loaded";
import { Section } from "@/parts/Section";
import { useMay } from "@/session/session";

import { Ending } from "./Ending";
import { General } from "./General";
import { Notifications } from "./Notifications";
import { QuarantineLimit } from "./QuarantineLimit";
import { Rules } from "./Rules";
import { SourceSettings } from "./SourceSettings";
import { Waivers } from "./Waivers";

type Connection = Schemas["ConnectionView"];

export function SettingsTab({ connection }: { connection: Connection }) {
  const mayChange = useMay("editor", connection.workspaceId);
  const id = connection.connectionId;
  const kept = useEdited(
    act("get", "/v1/connections/{connectionId}", { path: { connectionId: id } }),
  );
  return (
    <Stack gap="xl">
      <Section title="Connection">
        <Loaded query={kept} lines={8}>
          {(found) => <General kept={found} />}
        </Loaded>
      </Section>
      <Section
        title="Quarantine"
        about="How much of a stream a job may leave in quarantine before it is too much."
      >
        <QuarantineLimit connectionId={id} />
      </Section>
      <Section title="Waived rules" about="Which the connection's records need not keep.">
        <Waivers connection={connection} />
      </Section>
      <Section title="Who is told" about="Of what happens to this connection.">
        <Rules connectionId={id} />
      </Section>
      <Section title="What was told" about="And what is still to be, or was given up.">
        <Notifications connectionId={id} />
      </Section>
      <Section title="Source" about="What the connector is told; secrets are never shown.">
        <SourceSettings sourceId={connection.sourceId} />
      </Section>
      {mayChange && (
        <Section title="Pause and delete">
          <Ending connection={connection} />
        </Section>
      )}
    </Stack>
  );
}

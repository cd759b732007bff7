import { Stack } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Section } from "@/parts/Section";
import { useMay } from "@/session/session";

import { CurrentState } from "./CurrentState";
import { Diff } from "./Diff";
import { ImportState } from "./ImportState";
import { StateVersions } from "./StateVersions";

/** How far the source was read, all that this was, and a way back. */
export function StateTab({ connection }: { connection: Schemas["ConnectionView"] }) {
  const mayChange = useMay("editor", connection.workspaceId);
  return (
    <Stack gap="xl">
      <Section
        title="State"
        about="What the connector needs to go on from here. It is the connector's own; Atlas keeps it with the records that it covers."
      >
        <CurrentState connection={connection} />
      </Section>
      <Section title="Versions" about="Choose two to see what differs.">
        <StateVersions connection={connection} />
        <Diff connectionId={connection.connectionId} />
      </Section>
      {mayChange && (
        <Section
          title="Take a state from elsewhere"
          about="As Airbyte's API gives it, or as the messages that --state takes."
        >
          <ImportState connection={connection} />
        </Section>
      )}
    </Stack>
  );
}

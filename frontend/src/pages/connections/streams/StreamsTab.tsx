import { Stack } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Section } from "@/parts/Section";
import { useMay } from "@/session/session";

import { Adoption } from "./Adoption";
import { Generations } from "./Generations";
import { Retention } from "./Retention";
import { StreamModes } from "./StreamModes";
import { StreamSelection } from "./StreamSelection";
import { StreamTables } from "./StreamTables";

/** What is read and how, what stands of it in PostgreSQL, and how much of it is kept. */
export function StreamsTab({ connection }: { connection: Schemas["ConnectionView"] }) {
  const mayChange = useMay("editor", connection.workspaceId);
  const id = connection.connectionId;
  return (
    <Stack gap="xl">
      <Section
        title="What is read"
        about="A stream that is read no more keeps its tables, history and state, and goes on from there when it is chosen again."
      >
        {mayChange ? (
          <StreamSelection connection={connection} />
        ) : (
          <StreamModes streams={connection.configurations.streams} />
        )}
      </Section>
      <Section
        title="Tables"
        about="What stands in PostgreSQL, of streams that are read no more too."
      >
        <StreamTables connection={connection} />
      </Section>
      <Section
        title="Generations"
        about="What was read from its beginning. One that chart showed once can be brought back; nothing is read for that."
      >
        <Generations connection={connection} />
      </Section>
      <Section
        title="How much explore keeps"
        about="What no bound names is kept for good. What the next steps still need stays in any case."
      >
        <Retention connectionId={id} />
      </Section>
      {mayChange && <Adoption connection={connection} />}
    </Stack>
  );
}

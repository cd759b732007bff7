import { Stack } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { Section } from "@/parts/Section";

import { Changes } from "./Changes";
import { Columns } from "./Columns";
import { Versions } from "./Versions";

/** What waits for a word, which column holds which field, and what was adopted. */
export function SchemaTab({ connection }: { connection: Schemas["ConnectionView"] }) {
  const id = connection.connectionId;
  return (
    <Stack gap="xl">
      <Section
        title="Changes"
        about="What the source was seen to have changed. What breaks nothing may be adopted by policy; the rest waits."
      >
        <Changes connectionId={id} />
      </Section>
      <Section title="Columns" about="Of chart, and what becomes of values that do not fit.">
        <Columns connectionId={id} />
      </Section>
      <Section title="Versions" about="The schemas by which streams were read, by whose word.">
        <Versions connectionId={id} />
      </Section>
    </Stack>
  );
}

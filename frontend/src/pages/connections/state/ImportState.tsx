import { FileButton, Button, Group, Stack, Textarea } from "@mantine/core";
import { useState } from "react";

import type { Schemas } from "@/api/client";

import { parsed } from "./parsed";
import { SetState } from "./SetState";

/** A state from Airbyte, PyAirbyte or another Atlas: pasted or from a file, looked at, then kept. */
export function ImportState({ connection }: { connection: Schemas["ConnectionView"] }) {
  const [text, setText] = useState("");
  const found = text.trim() ? parsed(text) : undefined;
  return (
    <Stack gap="sm">
      <Textarea
        label="State"
        autosize
        minRows={4}
        maxRows={16}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        value={text}
        error={found && "wrong" in found ? found.wrong : undefined}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group>
        <FileButton
          accept="application/json"
          onChange={(file) => void file?.text().then((content) => setText(content))}
        >
          {(props) => (
            <Button variant="default" {...props}>
              From a file
            </Button>
          )}
        </FileButton>
        {found && "state" in found && (
          <SetState
            connection={connection}
            wish={{ state: found.state }}
            title="Go on from this state"
            label="Look at it and take it"
          />
        )}
      </Group>
    </Stack>
  );
}

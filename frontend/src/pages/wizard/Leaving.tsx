import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useEffect } from "react";
import { useBlocker } from "react-router";

import { isBegun, type Entered } from "./entered";

/** Asks before what was entered is left: for another page, or by closing this one. */
export function Leaving({ entered }: { entered: Entered }) {
  const begun = isBegun(entered);
  const blocker = useBlocker(
    ({ currentLocation, nextLocation, historyAction }) =>
      begun &&
      currentLocation.pathname !== nextLocation.pathname &&
      // what was made leads to its own page
      !(historyAction === "PUSH" && (nextLocation.state as { made?: boolean } | null)?.made),
  );
  useEffect(() => {
    if (!begun) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [begun]);
  if (blocker.state !== "blocked") return null;
  return (
    <Modal opened onClose={() => blocker.reset()} title="Leave what was entered?">
      <Stack>
        <Text size="sm">
          {entered.source && entered.isOwnSource
            ? `The source ${entered.source.name} stays: a connection can be made of it later, as of a source that is there. What was chosen of it is lost.`
            : "What was entered is lost."}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => blocker.reset()}>
            Stay
          </Button>
          <Button onClick={() => blocker.proceed()}>Leave</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

import { Alert, Button, Stack, Text } from "@mantine/core";
import { useCallback, useEffect } from "react";

import { $api } from "@/api/client";
import { StreamChooser } from "@/pages/connections/streams/StreamChooser";
import { defaultOf, lackOf, type StreamChoice } from "@/pages/connections/streams/choice";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { many } from "@/parts/words";

import type { StepProps } from "./NewConnection";
import { StepButtons } from "./StepButtons";

/** What the source offers, and which of it is read. */
export function StepStreams({ entered, enter, onBack, onNext }: StepProps) {
  const sourceId = entered.source?.sourceId ?? "";
  const { choices } = entered;
  const query = $api.useQuery(
    "get",
    "/v1/streams",
    { params: { query: { sourceId, ignoreCache: true } } },
    { enabled: Boolean(sourceId), staleTime: Infinity, retry: false },
  );
  const { data } = query;
  useEffect(() => {
    if (data && !choices) enter({ choices: data.map(defaultOf) });
  }, [data, choices, enter]);

  const change = useCallback(
    (how: (before: StreamChoice[]) => StreamChoice[]) =>
      enter((before) => (before.choices ? { choices: how(before.choices) } : {})),
    [enter],
  );
  const chosen = (choices ?? []).filter((choice) => choice.isChosen);
  const lacking = chosen.filter(lackOf);
  return (
    <Stack>
      {query.isPending && (
        <Text size="sm" c="dimmed" role="status">
          The connector is asked what the source offers; some take a minute.
        </Text>
      )}
      <Loaded query={{ data: data && choices, error: query.error }} lines={10}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="The source offers no streams.">
              Its configuration may name nothing that there is.
            </Empty>
          ) : (
            <StreamChooser choices={all} onChange={change} />
          )
        }
      </Loaded>
      {lacking.length > 0 && (
        <Alert color="yellow" title={`${many(lacking.length, "stream")} cannot be read so`}>
          {lacking
            .slice(0, 5)
            .map((choice) => `${choice.name} ${lackOf(choice)}`)
            .join("; ")}
          {lacking.length > 5 && "; and so on"}.
        </Alert>
      )}
      <StepButtons
        onBack={onBack}
        onNext={onNext}
        isReady={chosen.length > 0 && lacking.length === 0}
      >
        <Button
          variant="default"
          loading={query.isFetching}
          onClick={() => {
            enter({ choices: undefined });
            void query.refetch();
          }}
        >
          Ask the source again
        </Button>
      </StepButtons>
    </Stack>
  );
}

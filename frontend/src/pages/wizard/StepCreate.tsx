import { Button, Checkbox, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { queries, type Schemas, send } from "@/api/client";
import { act } from "@/api/request";
import { AsRequest } from "@/parts/AsRequest";
import { Facts } from "@/parts/Facts";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { count } from "@/parts/words";

import { wishOf } from "./entered";
import type { StepProps } from "./NewConnection";
import { StepButtons } from "./StepButtons";
import { useDestination } from "./useDestination";

interface Made {
  connection: Schemas["ConnectionView"];
  job: Schemas["JobView"] | undefined;
}

/** All that was entered, once more; then it is made, and run if that is wished. */
export function StepCreate({ entered, enter, onBack }: StepProps) {
  const navigate = useNavigate();
  // made once: where only the job was refused, another try is of the job alone
  const [there, setThere] = useState<Schemas["ConnectionView"]>();
  const destination = useDestination(entered.source?.workspaceId);
  const make = useMutation<Made>({
    mutationFn: async () => {
      const connection = there ?? (await send(making));
      setThere(connection);
      return { connection, job: entered.runsAtOnce ? await begun(connection) : undefined };
    },
    onSuccess: async ({ connection, job }) => {
      await queries.invalidateQueries();
      const made = job ? `/jobs/${job.jobId}` : `/connections/${connection.connectionId}`;
      await navigate(made, { state: { made: true } });
    },
  });
  const chosen = (entered.choices ?? []).filter((choice) => choice.isChosen);
  const wish = wishOf(entered, destination.data?.destinationId ?? "");
  const making = act("post", "/v1/connections", { body: wish });
  return (
    <Stack maw={760}>
      <Facts
        facts={[
          ["Name", entered.name.trim() || `${entered.source?.name} to atlas`],
          ["Source", `${entered.source?.name} (${entered.connector})`],
          ["Streams", `${count(chosen.length)}: ${named(chosen.map((choice) => choice.name))}`],
          ["Prefix", entered.prefix],
          ["Schedule", spokenWish(wish)],
        ]}
      />
      <Checkbox
        label="Run it at once"
        description="A first sync of all chosen streams."
        checked={entered.runsAtOnce}
        onChange={(event) => enter({ runsAtOnce: event.currentTarget.checked })}
      />
      <ProblemAlert problem={make.error ?? destination.error} />
      <StepButtons onBack={onBack}>
        <Button loading={make.isPending} disabled={!destination.data} onClick={() => make.mutate()}>
          {there ? "It is made; run it" : entered.runsAtOnce ? "Create and run" : "Create"}
        </Button>
        <AsRequest request={making} />
      </StepButtons>
    </Stack>
  );
}

const begun = ({ connectionId }: Schemas["ConnectionView"]) =>
  send(act("post", "/v1/jobs", { body: { connectionId, jobType: "sync" } }));

const named = (names: string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(", ")} and more` : names.join(", ");

function spokenWish({ schedule }: Schemas["ConnectionCreate"]): string {
  if (schedule?.scheduleType === "cron") return `cron ${schedule.cronExpression}`;
  if (schedule?.scheduleType === "basic") return schedule.basicTiming ?? "";
  return schedule?.atlas?.afterConnectionId ? "after another connection" : "by hand";
}

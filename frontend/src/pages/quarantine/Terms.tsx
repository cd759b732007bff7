import { Stack, Text, Title } from "@mantine/core";

import { $api, type Schemas } from "@/api/client";
import { useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { LimitFields } from "@/pages/connections/settings/QuarantineLimit";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { useMayOn } from "@/parts/useMayOn";
import { count, percent } from "@/parts/words";

import { WaiverTable } from "./WaiverTable";

/** How much a job may leave in quarantine, and which rules need not hold. */
export function Terms({ connectionId }: { connectionId: string }) {
  const path = { connectionId };
  const limit = useEdited(act("get", "/v1/connections/{connectionId}/quarantineLimit", { path }));
  const waivers = $api.useQuery("get", "/v1/connections/{connectionId}/waivers", {
    params: { path },
  });
  const mayChange = useMayOn("editor", connectionId);
  return (
    <Stack gap="xl">
      <Stack>
        <Title order={2} size="h4">
          Limit
        </Title>
        <Loaded query={limit} lines={2}>
          {(found) => (
            <>
              <Text size="sm">{limitSaid(found.value)}</Text>
              {mayChange && <LimitFields connectionId={connectionId} kept={found} />}
            </>
          )}
        </Loaded>
      </Stack>
      <Stack>
        <Title order={2} size="h4">
          Waived rules
        </Title>
        <Loaded query={waivers} lines={3}>
          {({ data }) =>
            data.length === 0 ? (
              <Empty title="All rules hold.">
                A rule is waived from the page of a record that broke it, if it is of a column that
                is neither key nor cursor.
              </Empty>
            ) : (
              <WaiverTable connectionId={connectionId} waivers={data} mayChange={mayChange} />
            )
          }
        </Loaded>
      </Stack>
    </Stack>
  );
}

function limitSaid({ share, records, onExceeded }: Schemas["LimitView"]): string {
  const parts = [
    share === undefined
      ? undefined
      : `${percent(share)} of the records that a job reads of a stream`,
    records === undefined ? undefined : `${count(records)} records of a stream`,
  ].filter(Boolean);
  if (parts.length === 0)
    return "There is none: a job may leave any number of records in quarantine.";
  const then = onExceeded === "fail" ? "the job fails" : "an event warns of it";
  return `A job may leave at most ${parts.join(", and ")} in quarantine. Above it ${then}.`;
}

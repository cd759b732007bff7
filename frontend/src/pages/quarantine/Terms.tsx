import { Group, NumberInput, Select, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { useMayOn } from "@/parts/useMayOn";
import { count, percent } from "@/parts/words";

import { WaiverTable } from "./WaiverTable";

/** How much a job may leave in quarantine, and which rules need not hold. */
export function Terms({ connectionId }: { connectionId: string }) {
  const path = { connectionId };
  const limit = $api.useQuery("get", "/v1/connections/{connectionId}/quarantineLimit", {
    params: { path },
  });
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
              <Text size="sm">{limitSaid(found)}</Text>
              {mayChange && (
                <EditLimit key={JSON.stringify(found)} connectionId={connectionId} limit={found} />
              )}
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

function EditLimit({ connectionId, limit }: { connectionId: string; limit: Schemas["LimitView"] }) {
  const [share, setShare] = useState<number | "">(
    limit.share === undefined ? "" : Number((limit.share * 100).toFixed(4)),
  );
  const [records, setRecords] = useState<number | "">(limit.records ?? "");
  const [onExceeded, setOnExceeded] = useState(limit.onExceeded);
  const number = (value: string | number) => (value === "" ? "" : Number(value));
  return (
    <Group align="flex-end">
      <NumberInput
        label="Most, of what is read"
        suffix=" %"
        placeholder="no limit"
        min={0}
        max={100}
        decimalScale={4}
        w={170}
        value={share}
        onChange={(value) => setShare(number(value))}
      />
      <NumberInput
        label="Most records"
        placeholder="no limit"
        min={0}
        allowDecimal={false}
        w={150}
        value={records}
        onChange={(value) => setRecords(number(value))}
      />
      <Select
        label="If there are more"
        w={180}
        allowDeselect={false}
        data={[
          { value: "fail", label: "fail the job" },
          { value: "warn", label: "warn by an event" },
        ]}
        value={onExceeded}
        onChange={(value) => value && setOnExceeded(value as typeof onExceeded)}
      />
      <Act
        request={act("put", "/v1/connections/{connectionId}/quarantineLimit", {
          path: { connectionId },
          body: {
            share: share === "" ? null : share / 100,
            records: records === "" ? null : records,
            onExceeded,
          },
        })}
        done="The limit holds for the jobs that end from now on."
      >
        Set the limit
      </Act>
    </Group>
  );
}

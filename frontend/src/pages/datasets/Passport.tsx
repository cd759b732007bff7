import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useMemo } from "react";

import { type Schemas, send } from "@/api/client";
import { act } from "@/api/request";
import { AsRequest } from "@/parts/AsRequest";
import { At } from "@/parts/At";
import { parametersOf } from "@/parts/datasets";
import { Decision, isMask } from "@/parts/Decision";
import { RawJson } from "@/parts/RawJson";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { useMayOn } from "@/parts/useMayOn";
import { ValuesTable } from "@/parts/ValuesTable";

import { columnsIn, maskedColumns } from "./columns";
import type { TabProps } from "./DatasetPage";
import { Batches } from "./PassportBatches";
import { Promotions } from "./PassportPromotions";
import { QuarantineOfRow } from "./PassportQuarantine";
import { Versions } from "./Versions";

export interface PassportProps extends TabProps {
  passport: Schemas["PassportView"];
}

/** Everything that is known of one row, from the source to lineage. */
export function Passport({ dataset, passport }: PassportProps) {
  const masked = useMemo(() => maskedColumns(dataset), [dataset]);
  const decided = passport.decisions.filter((decision) => isMask(decision.action));
  return (
    <Stack gap="xl">
      <Text size="sm" c="dimmed">
        Key hash <code>{passport.keyHash}</code> of <code>{passport.table}</code>
      </Text>
      {passport.hasMore && (
        <Alert color="blue" title="There is more of this key than is shown">
          The newest rows, versions and quarantined records are here.
        </Alert>
      )}
      <Part title="Row in chart">
        {passport.inChart ? (
          <>
            <ValuesTable
              label="Rows in chart"
              rows={passport.rows.map((row) => row.values)}
              columns={columnsIn(
                dataset,
                passport.rows.map((row) => row.values),
              )}
              masked={masked}
            />
            {passport.rows[0] && (
              <Text size="sm" c="dimmed">
                Read <At at={passport.rows[0].extractedAt} />, record {passport.rows[0].seq} of
                batch {passport.rows[0].batchId}.
              </Text>
            )}
          </>
        ) : (
          <Text size="sm">Chart has no row of this key: it was deleted, or never published.</Text>
        )}
      </Part>
      <Part title="Versions in navigate">
        <Versions passport={passport} masked={masked} />
      </Part>
      <Part title="Record as the source sent it">
        <SourceRecord dataset={dataset} passport={passport} />
      </Part>
      <Part title="Batches that brought it">
        <Batches batches={passport.batches} />
      </Part>
      <Part title="Promotions that published it">
        <Promotions dataset={dataset} passport={passport} />
      </Part>
      <Part title="Masks that hold for the stream">
        {decided.length === 0 ? (
          <Text size="sm">Nothing of this stream is masked.</Text>
        ) : (
          <Stack gap={4}>
            {decided.map((decision) => (
              <Group key={decision.path.join(".")} gap="sm">
                <code>{decision.path.join(".")}</code>
                <Decision decision={{ ...decision, isMasked: true }} />
                <Text size="xs" c="dimmed">
                  <At at={decision.decidedAt} />
                </Text>
              </Group>
            ))}
          </Stack>
        )}
      </Part>
      <Part title="Quarantine">
        <QuarantineOfRow dataset={dataset} passport={passport} />
      </Part>
    </Stack>
  );
}

function SourceRecord({ dataset, passport }: PassportProps) {
  const maySee = useMayOn("admin", dataset.connectionId);
  const request = act("post", "/v1/datasets/{connectionId}/{stream}/passport", {
    ...parametersOf(dataset),
    body: { keyHash: passport.keyHash, withSource: true },
  });
  const look = useMutation({ mutationFn: () => send(request) });
  if (!maySee)
    return (
      <Text size="sm">
        Only an admin may look at it: it is not masked. Explore keeps it as it was sent.
      </Text>
    );
  if (look.data)
    return look.data.source ? (
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          Unmasked. This look was written into the audit trail.
        </Text>
        <RawJson text={look.data.source.text} label="Record as it was sent" />
      </Stack>
    ) : (
      <Text size="sm">Explore has it no more: its retention took it out.</Text>
    );
  return (
    <Stack gap="xs">
      <Text size="sm">It is not masked. The look is written into the audit trail.</Text>
      <Group gap={2}>
        <Button variant="default" loading={look.isPending} onClick={() => look.mutate()}>
          Show it
        </Button>
        <AsRequest request={request} />
      </Group>
      <ProblemAlert problem={look.error} />
    </Stack>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Stack gap="sm" component="section">
      <Title order={2} size="h4">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

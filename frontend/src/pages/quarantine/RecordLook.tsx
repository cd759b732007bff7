import { Alert, Button, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { AsRequest } from "@/parts/AsRequest";
import { FieldChanges } from "@/parts/FieldChanges";
import { RawJson } from "@/parts/RawJson";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { useMayOn } from "@/parts/useMayOn";

import { lookAt, useLook } from "./look";
import { bytesOf, objectOf } from "./content";

/** The record as it was sent, and beside it as it was corrected; for an admin, whose look is noted. */
export function RecordLook({ record }: { record: Schemas["RecordDetail"] }) {
  const maySee = useMayOn("admin", record.connectionId);
  const look = useLook(record);
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        The record itself
      </Title>
      {!maySee && <Text size="sm">Only an admin may look at its values: they are not masked.</Text>}
      {maySee && !look.data && (
        <>
          <Text size="sm">
            Its values are not masked. The look is written into the audit trail.
          </Text>
          <Group gap={2}>
            <Button variant="default" loading={look.isFetching} onClick={() => void look.refetch()}>
              Show it
            </Button>
            <AsRequest request={lookAt(record)} />
          </Group>
          <ProblemAlert problem={look.error} />
        </>
      )}
      {look.data?.record && <Content content={look.data.record} />}
    </Stack>
  );
}

function Content({ content }: { content: Schemas["ContentView"] }) {
  const before = objectOf(content.text);
  const after = objectOf(content.fixed);
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        Unmasked. This look was written into the audit trail.
      </Text>
      {!content.isWhole && (
        <Alert color="yellow" title="Not the whole record">
          It was too large: only its first bytes were kept.
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: content.fixed === undefined ? 1 : 2 }}>
        <Stack gap={4}>
          <Text size="sm" fw={600}>
            As it was sent
          </Text>
          {content.text === undefined ? (
            <>
              <Text size="sm">Its bytes are not UTF-8.</Text>
              <RawJson label="Bytes as they were sent" text={bytesOf(content.base64 ?? "")} />
            </>
          ) : (
            <RawJson label="Record as it was sent" text={content.text} />
          )}
        </Stack>
        {content.fixed !== undefined && (
          <Stack gap={4}>
            <Text size="sm" fw={600}>
              As it was corrected
            </Text>
            <RawJson label="Record as it was corrected" text={content.fixed} />
          </Stack>
        )}
      </SimpleGrid>
      {before && after && <FieldChanges before={before} after={after} masked={new Set()} />}
    </Stack>
  );
}

import { MultiSelect, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";

import { $api } from "@/api/client";
import { PolicyFields } from "@/pages/connections/settings/PolicyFields";
import { Anchor } from "@/parts/Anchor";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { Section } from "@/parts/Section";

import { wishOf } from "./entered";
import type { StepProps } from "./NewConnection";
import { StepButtons } from "./StepButtons";
import { useDestination } from "./useDestination";

const PREFIX = /^[a-z0-9_]{0,30}$/;

/** Names, and what is done where the source is other than it was. */
export function StepTerms({ entered, enter, onBack, onNext }: StepProps) {
  const tags = $api.useQuery("get", "/v1/tags", {});
  const isPrefix = PREFIX.test(entered.prefix);
  const ofWorkspace = (tags.data?.data ?? []).filter(
    (tag) => tag.workspaceId === entered.source?.workspaceId,
  );
  return (
    <Stack gap="xl" maw={960}>
      <Section title="Names">
        <TextInput
          label="Name of the connection"
          placeholder={`${entered.source?.name ?? ""} to atlas`}
          value={entered.name}
          onChange={(event) => enter({ name: event.currentTarget.value })}
        />
        <TextInput
          label="Prefix of its tables"
          description="Small letters, digits and underscores, 30 at most. Tables keep their names later."
          value={entered.prefix}
          error={isPrefix ? undefined : "Small letters, digits and underscores alone, 30 at most."}
          onChange={(event) => enter({ prefix: event.currentTarget.value })}
        />
        {ofWorkspace.length > 0 && (
          <MultiSelect
            label="Tags"
            data={ofWorkspace.map((tag) => ({ value: tag.tagId, label: tag.name }))}
            value={entered.tagIds}
            onChange={(tagIds) => enter({ tagIds })}
          />
        )}
      </Section>
      {isPrefix && <Tables entered={entered} />}
      <Section title="Policies">
        <PolicyFields
          policies={entered.policies}
          updates={entered.updates}
          onPolicies={(patch) => enter({ policies: { ...entered.policies, ...patch } })}
          onUpdates={(updates) => enter({ updates })}
        />
      </Section>
      <StepButtons onBack={onBack} onNext={onNext} isReady={isPrefix} />
    </Stack>
  );
}

/** Which tables it would get, and who has their names already. */
function Tables({ entered }: { entered: StepProps["entered"] }) {
  const destination = useDestination(entered.source?.workspaceId);
  const [prefix] = useDebouncedValue(entered.prefix, 500);
  const query = $api.useQuery(
    "post",
    "/v1/connections/preview",
    { body: wishOf({ ...entered, prefix }, destination.data?.destinationId ?? "") },
    { enabled: Boolean(destination.data), retry: false, staleTime: 60_000 },
  );
  if (destination.error) return <ProblemAlert problem={destination.error} />;
  return (
    <Section title="Tables" about="Each has a table in explore, chart and, with a key, navigate.">
      <Loaded query={query} lines={6}>
        {({ streams }) => (
          <ListTable
            label="Tables"
            minWidth={520}
            maxHeight={320}
            heads={["Stream", "Table", "Has its plain name already"]}
            verticalSpacing={4}
          >
            {streams.map((one) => (
              <Table.Tr key={`${one.namespace ?? ""}.${one.stream}`}>
                <Table.Td>{one.stream}</Table.Td>
                <Table.Td>
                  <code>{one.table}</code>
                </Table.Td>
                <Table.Td>
                  {one.takenBy ? (
                    <Text size="sm">
                      {one.adoptable ? (
                        `${one.takenBy}, deleted: its tables can be taken over once this is made`
                      ) : (
                        <Anchor to={`/connections/${one.takenByConnectionId}`} size="sm">
                          {one.takenBy}
                        </Anchor>
                      )}
                    </Text>
                  ) : (
                    "–"
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </ListTable>
        )}
      </Loaded>
    </Section>
  );
}

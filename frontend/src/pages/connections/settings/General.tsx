import { Alert, Group, MultiSelect, SimpleGrid, Text, TextInput } from "@mantine/core";

import { $api, type Schemas } from "@/api/client";
import { type Kept, ofVersion } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { useDraft } from "@/parts/draft";
import { Overtaken } from "@/parts/Overtaken";
import { useMay } from "@/session/session";

import { PolicyFields } from "./PolicyFields";

type Connection = Schemas["ConnectionView"];

const draftOf = (value: Connection) => ({
  name: value.name,
  prefix: value.prefix,
  tagIds: value.tags.map((tag) => tag.tagId),
  updates: value.nonBreakingSchemaUpdatesBehavior,
  policies: {
    onEmpty: value.atlas.onEmpty,
    onHeld: value.atlas.onHeld,
    onMisfit: value.atlas.onMisfit,
    hardDeletes: value.atlas.hardDeletes,
    onUnchanged: value.atlas.onUnchanged,
  },
});

/** A connection's name, tags and policies. */
export function General({ kept }: { kept: Kept<Connection> }) {
  const mayChange = useMay("editor", kept.value.workspaceId);
  const tags = $api.useQuery("get", "/v1/tags", {});
  const form = useDraft(kept, draftOf);
  const { draft, change } = form;
  const { value } = kept;
  const known = (tags.data?.data ?? []).filter((tag) => tag.workspaceId === value.workspaceId);
  const notCarriedOut = value.atlas.notCarriedOut ?? [];
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="Name"
          value={draft.name}
          disabled={!mayChange}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <TextInput
          label="Prefix"
          description="Of tables that are still to be made; those that are there keep their names."
          value={draft.prefix}
          disabled={!mayChange}
          error={
            /^[a-z0-9_]{0,30}$/.test(draft.prefix)
              ? undefined
              : "Small letters, digits and underscores alone, 30 at most."
          }
          onChange={(event) => change({ prefix: event.currentTarget.value })}
        />
        <MultiSelect
          label="Tags"
          description="Lists are narrowed by them."
          placeholder={draft.tagIds.length === 0 ? "none" : ""}
          searchable
          data={known.map((tag) => ({ value: tag.tagId, label: tag.name }))}
          nothingFoundMessage={
            <>
              There are no tags; <Anchor to="/settings/tags">settings make them</Anchor>.
            </>
          }
          value={draft.tagIds}
          disabled={!mayChange}
          onChange={(tagIds) => change({ tagIds })}
        />
      </SimpleGrid>
      <PolicyFields
        policies={draft.policies}
        updates={draft.updates}
        disabled={!mayChange}
        onPolicies={(patch) => change((before) => ({ policies: { ...before.policies, ...patch } }))}
        onUpdates={(updates) => change({ updates })}
      />
      {notCarriedOut.length > 0 && (
        <Alert color="yellow" title="Kept as it was written, and not done">
          <Text size="sm">Atlas has no such thing: {notCarriedOut.join(", ")}</Text>
        </Alert>
      )}
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      {mayChange && (
        <Group>
          <Act
            disabled={!form.isDirty || !draft.name.trim()}
            request={act("patch", "/v1/connections/{connectionId}", {
              path: { connectionId: value.connectionId },
              header: ofVersion(form.tag),
              body: {
                name: draft.name.trim(),
                ...(draft.prefix === value.prefix ? {} : { prefix: draft.prefix }),
                tags: draft.tagIds.map((tagId) => ({ tagId })),
                nonBreakingSchemaUpdatesBehavior: draft.updates,
                atlas: draft.policies,
              },
            })}
            done="It is kept"
            onDone={form.saved}
          >
            Keep these settings
          </Act>
        </Group>
      )}
    </>
  );
}

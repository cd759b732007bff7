import { Group, NumberInput, SimpleGrid, Table, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";

import { $api, type Schemas } from "@/api/client";
import { type Kept, ofVersion, useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { useDraft } from "@/parts/draft";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { Overtaken } from "@/parts/Overtaken";
import { useMayOn } from "@/parts/useMayOn";
import { count, size } from "@/parts/words";

type View = Schemas["RetentionView"];

export function Retention({ connectionId }: { connectionId: string }) {
  const query = useEdited(
    act("get", "/v1/connections/{connectionId}/retention", { path: { connectionId } }),
  );
  return (
    <Loaded query={query}>{(kept) => <Policy connectionId={connectionId} kept={kept} />}</Loaded>
  );
}

function Policy({ connectionId, kept }: { connectionId: string; kept: Kept<View> }) {
  const mayChange = useMayOn("editor", connectionId);
  const form = useDraft(kept, ({ policy }) => ({
    maxAgeDays: policy.maxAgeDays ?? null,
    maxGenerations: policy.maxGenerations ?? null,
    maxRows: policy.maxRows ?? null,
  }));
  const { draft, change } = form;
  const bound = (name: keyof typeof draft, label: string, suffix: string) => (
    <NumberInput
      label={label}
      suffix={suffix}
      min={name === "maxRows" ? 0 : 1}
      allowDecimal={false}
      placeholder="no bound"
      value={draft[name] ?? ""}
      disabled={!mayChange}
      onChange={(value) => change({ [name]: value === "" ? null : Number(value) })}
    />
  );
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {bound("maxAgeDays", "At most as old as", " days")}
        {bound("maxGenerations", "At most that many generations", "")}
        {bound("maxRows", "At most that many rows", "")}
      </SimpleGrid>
      {form.isDirty ? (
        <Previewed connectionId={connectionId} body={draft} />
      ) : (
        <Reach streams={kept.value.streams} title="What the next round takes out" />
      )}
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      <Group>
        {mayChange && (
          <Act
            disabled={!form.isDirty}
            request={act("put", "/v1/connections/{connectionId}/retention", {
              path: { connectionId },
              header: ofVersion(form.tag),
              body: draft,
            })}
            done="The next round keeps to it"
            onDone={form.saved}
            confirm={{
              title: "Keep no more than this",
              label: "Keep no more than this",
              content: <Previewed connectionId={connectionId} body={draft} />,
            }}
          >
            Keep no more than this
          </Act>
        )}
        <Anchor to={`/connections/${connectionId}/timeline?kinds=retention`} size="sm">
          What went so far
        </Anchor>
      </Group>
    </>
  );
}

function Previewed({
  connectionId,
  body,
}: {
  connectionId: string;
  body: Schemas["RetentionBody"];
}) {
  const [settled] = useDebouncedValue(body, 400);
  const query = $api.useQuery(
    "post",
    "/v1/connections/{connectionId}/retention/preview",
    { params: { path: { connectionId } }, body: settled },
    { retry: false, staleTime: 0 },
  );
  return (
    <Loaded query={query}>
      {({ streams }) => <Reach streams={streams} title="What this would take out now" />}
    </Loaded>
  );
}

function Reach({ streams, title }: { streams: Schemas["ReachView"][]; title: string }) {
  const reached = streams.filter((one) => one.records > 0 || one.heldBack > 0);
  if (reached.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {title}: nothing.
      </Text>
    );
  }
  return (
    <div>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <ListTable
        label="What goes of each stream"
        minWidth={560}
        maxHeight={280}
        heads={["Stream", "Records that go", "Bytes", "Records that stay", "Held back"]}
        verticalSpacing={4}
      >
        {reached.map((one) => (
          <Table.Tr key={one.table}>
            <Table.Td>{one.stream}</Table.Td>
            <Table.Td>{count(one.records)}</Table.Td>
            <Table.Td>{size(one.bytes)}</Table.Td>
            <Table.Td>{count(one.stay)}</Table.Td>
            <Table.Td>
              {one.heldBack > 0 ? `${count(one.heldBack)}, ${one.because ?? ""}` : "–"}
            </Table.Td>
          </Table.Tr>
        ))}
      </ListTable>
    </div>
  );
}

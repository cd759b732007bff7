import { Select, SegmentedControl, Stack, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { answered, api, type Schemas } from "@/api/client";
import { type Kept, ofVersion, useEdited } from "@/api/edited";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { Anchor } from "@/parts/Anchor";
import { parametersOf } from "@/parts/datasets";
import { isMask } from "@/parts/Decision";
import { useDraft } from "@/parts/draft";
import { Facts } from "@/parts/Facts";
import { Loaded } from "@/parts/Loaded";
import { Overtaken } from "@/parts/Overtaken";
import { count, many } from "@/parts/words";

import { ENTITIES, type Listed } from "./decisions";

type Word = Schemas["WordBody"];
type Decided = Schemas["Page_PathDecisionView_"];

/** A person's word on a path, with its effect before it is done. It takes the place of the newest decision, which
 * the list that the row is of may not have. */
export function Decide({ row }: { row: Listed }) {
  const { path, query } = parametersOf(row);
  const newest = useEdited(
    act("get", "/v1/personal-data/{connectionId}/{stream}/history", {
      path,
      query: { ...query, path: row.decision.path, limit: 1 },
    }),
  );
  return <Loaded query={newest}>{(kept) => <Fields row={row} kept={kept} />}</Loaded>;
}

function Fields({ row, kept }: { row: Listed; kept: Kept<Decided> }) {
  const form = useDraft(kept, ({ data }) => {
    const found = data[0] ?? row.decision;
    return {
      action: (isMask(found.action) ? "mask" : "pass") as Schemas["Wish"],
      entity: found.entity ?? null,
      reason: "",
    };
  });
  const { draft, change } = form;
  const { action, entity, reason } = draft;
  const { decision } = row;
  const chosen = ENTITIES.find((one) => one === entity);
  const word: Word = {
    path: decision.path,
    action,
    ...(action === "mask" && chosen ? { entity: chosen } : {}),
  };
  const path = decision.path.join(".");
  return (
    <Stack gap="sm">
      <SegmentedControl
        w="fit-content"
        aria-label="What shall become of it"
        data={[
          { value: "mask", label: "Mask it" },
          { value: "pass", label: "Leave it in clear" },
        ]}
        value={action}
        onChange={(value) => change({ action: value as Schemas["Wish"] })}
      />
      {action === "mask" && (
        <Select
          label="As"
          description="Equal values of one entity have equal tokens in every stream"
          placeholder={decision.entity ?? "PERSONAL"}
          searchable
          clearable
          data={ENTITIES}
          value={entity}
          onChange={(value) => change({ entity: value })}
        />
      )}
      <Textarea
        label="Reason"
        description="Stands in the history and in the audit trail"
        required
        maxLength={500}
        autosize
        minRows={2}
        value={reason}
        onChange={(event) => change({ reason: event.currentTarget.value })}
      />
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      <Act
        request={act("put", "/v1/personal-data/{connectionId}/{stream}", {
          ...parametersOf(row),
          header: ofVersion(form.tag),
          body: { ...word, reason: reason.trim() },
        })}
        disabled={!reason.trim() || form.isOvertaken}
        onDone={form.saved}
        done={`Decided: ${path} is ${action === "mask" ? "masked" : "left in clear"}.`}
        confirm={{
          title: action === "mask" ? `Mask ${path}` : `Leave ${path} in clear`,
          content: <Effect row={row} word={word} />,
          typeName: path,
          label: action === "mask" ? "Mask it" : "Do not mask it",
          danger: true,
        }}
      >
        See what it does
      </Act>
    </Stack>
  );
}

function Effect({ row, word }: { row: Listed; word: Word }) {
  const { connectionId, stream, namespace } = row;
  const effect = useQuery({
    queryKey: ["personal data", "preview", connectionId, stream, namespace, word],
    queryFn: () =>
      answered(
        api.POST("/v1/personal-data/{connectionId}/{stream}/preview", {
          params: parametersOf(row),
          body: word,
        }),
      ),
    // made anew for each question, but not when it has been answered
    staleTime: "static",
    gcTime: 0,
  });
  return (
    <Loaded query={effect} lines={3}>
      {({ maskedNow, tokensKept, fromNowOn }) => (
        <Stack gap="sm">
          <Facts
            cols={{ base: 1, sm: 2 }}
            facts={[
              ["Rows of chart that get tokens now", count(maskedNow.rows)],
              ["Versions of navigate that get tokens now", count(maskedNow.versions)],
              ["From now on", fromNowOn],
            ]}
          />
          {tokensKept.rows + tokensKept.versions > 0 && (
            <Text size="sm">
              {many(tokensKept.rows, "row")} and {many(tokensKept.versions, "version")} keep their
              tokens until the stream is rebuilt from explore, by a job of the{" "}
              <Anchor to={`/connections/${connectionId}`} size="sm">
                connection
              </Anchor>
              .
            </Text>
          )}
          {maskedNow.rows + maskedNow.versions > 0 && (
            <Text size="sm">
              This cannot be taken back in place: only a rebuild from explore brings values back.
            </Text>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

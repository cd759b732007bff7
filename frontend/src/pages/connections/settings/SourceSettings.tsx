import { Alert, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { lazy, Suspense, useState } from "react";

import { $api, type Schemas } from "@/api/client";
import { type Kept, ofVersion, useEdited } from "@/api/edited";
import { Problem } from "@/api/problem";
import { act } from "@/api/request";
import { AsRequest } from "@/parts/AsRequest";
import { useAct } from "@/parts/useAct";
import { useDraft } from "@/parts/draft";
import { Empty } from "@/parts/Empty";
import { RawJson } from "@/parts/RawJson";
import { Loaded } from "@/parts/Loaded";
import { Overtaken } from "@/parts/Overtaken";
import { ProblemAlert } from "@/parts/ProblemAlert";
import { filled, hidden } from "@/parts/spec/configuration";
import { type JsonObject, without } from "@/parts/spec/spec";
import { type Wrong, wrongs } from "@/parts/spec/wrongs";
import { useMay } from "@/session/session";

import { SourceActs } from "./SourceActs";

const SpecForm = lazy(() => import("@/parts/spec/SpecForm"));
const FORM = "source-settings";

type Source = Schemas["SourceView"];

/** What the connector of this connection's source is told. */
export function SourceSettings({ sourceId }: { sourceId: string }) {
  const kept = useEdited(act("get", "/v1/sources/{sourceId}", { path: { sourceId } }));
  return <Loaded query={kept}>{(found) => <WithSpecification kept={found} />}</Loaded>;
}

function WithSpecification({ kept }: { kept: Kept<Source> }) {
  const mayChange = useMay("editor", kept.value.workspaceId);
  const name = `source-${kept.value.sourceType}`;
  const query = $api.useQuery("get", "/v1/connectors/{name}", { params: { path: { name } } });
  return (
    <Loaded query={query} lines={6}>
      {({ specification }) =>
        !specification ? (
          <Empty title="The connector's specification is not known here.">
            <Text size="sm">Without it no form can be drawn; this is what is kept.</Text>
            <RawJson text={JSON.stringify(kept.value.configuration)} label="Configuration" />
          </Empty>
        ) : (
          <Suspense fallback={<Skeleton height={320} />}>
            <Fields kept={kept} specification={specification} mayChange={mayChange} />
          </Suspense>
        )
      }
    </Loaded>
  );
}

interface FieldsProps {
  kept: Kept<Source>;
  specification: JsonObject;
  mayChange: boolean;
}

function Fields({ kept, specification, mayChange }: FieldsProps) {
  const [found, setFound] = useState<Wrong[]>([]);
  const form = useDraft(kept, ({ name, configuration }) => ({
    name,
    configuration: without(configuration as JsonObject, "sourceType"),
  }));
  const { draft, change } = form;
  const configuration = filled(specification, draft.configuration);
  const { sourceId, sourceType } = kept.value;
  const { name } = draft;
  const request = act("put", "/v1/sources/{sourceId}", {
    path: { sourceId },
    header: ofVersion(form.tag),
    body: { name, configuration: { sourceType, ...configuration } },
    shown: { name, configuration: { sourceType, ...hidden(specification, configuration) } },
  });
  const keeping = useAct(request, { done: "The next job reads with it", onDone: form.saved });
  const keep = () => {
    const now = wrongs(specification, configuration);
    setFound(now);
    if (now.length > 0) return;
    keeping.mutate(undefined, {
      onError: (error) => error instanceof Problem && setFound(error.errors as Wrong[]),
    });
  };
  return (
    <Stack maw={760} gap="sm">
      <TextInput
        label="Name of the source"
        value={draft.name}
        disabled={!mayChange}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <SpecForm
        id={FORM}
        specification={specification}
        value={draft.configuration}
        wrongs={found}
        disabled={!mayChange}
        onChange={(next) => change({ configuration: next })}
        onSubmit={keep}
      />
      {found.length > 0 && (
        <Alert color="red" role="alert">
          Some fields are not as the connector takes them.
        </Alert>
      )}
      <ProblemAlert problem={keeping.error} />
      <Overtaken isOvertaken={form.isOvertaken} onReset={form.reset} />
      <Group justify="space-between">
        {mayChange && (
          <SourceActs
            form={FORM}
            isDirty={form.isDirty}
            isPending={keeping.isPending}
            source={kept.value}
          >
            <AsRequest request={request} />
          </SourceActs>
        )}
      </Group>
    </Stack>
  );
}

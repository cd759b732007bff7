import { Checkbox, Group, MultiSelect, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";

import type { Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";

import { idOf } from "../streams/choice";
import { JobPreview } from "./JobPreview";
import { bodyOf, isGrave, type JobWish, type Kind, lackOf, NO_WISH } from "./jobWish";

const ACTS: { kind: Kind; name: string; about: string }[] = [
  {
    kind: "refresh",
    name: "Refresh",
    about:
      "Reads streams from their beginning. What is published stays until all is read; then what the source no longer has ends.",
  },
  {
    kind: "backfill",
    name: "Backfill",
    about:
      "Reads a range of one stream's cursor once more. The connection's state stays where it is.",
  },
  {
    kind: "rebuild",
    name: "Rebuild",
    about:
      "Makes chart and navigate again from explore and compares them with what is published. The source is not read.",
  },
  {
    kind: "clear",
    name: "Clear",
    about: "Empties chart and state. Nothing is read; the next sync begins anew.",
  },
];

/** The jobs that read or make again what there is, each with what it would do. */
export function JobActs({ connection }: { connection: Schemas["ConnectionView"] }) {
  return (
    <Group gap="sm">
      {ACTS.map((one) => (
        <JobAct key={one.kind} connection={connection} {...one} />
      ))}
    </Group>
  );
}

interface Props {
  connection: Schemas["ConnectionView"];
  kind: Kind;
  name: string;
  about: string;
}

function JobAct({ connection, kind, name, about }: Props) {
  const navigate = useNavigate();
  const [wish, setWish] = useState(NO_WISH);
  const change = (patch: Partial<JobWish>) => setWish((before) => ({ ...before, ...patch }));
  const body = bodyOf(connection, kind, wish);
  const lack = lackOf(kind, wish);
  const grave = isGrave(kind, wish);
  return (
    <Act
      variant="default"
      request={act("post", "/v1/jobs", { body })}
      done={(job) => `Job ${job.jobId} has begun`}
      onDone={(job) => void navigate(`/jobs/${job.jobId}`)}
      confirm={{
        title: name,
        danger: grave,
        label: name,
        isReady: !lack,
        ...(grave ? { typeName: connection.name } : {}),
        content: (
          <Stack gap="sm">
            <Text size="sm">{about}</Text>
            <Options connection={connection} kind={kind} wish={wish} onChange={change} />
            {lack ? <Text size="sm">{lack}</Text> : <JobPreview body={body} />}
          </Stack>
        ),
      }}
    >
      {name}
    </Act>
  );
}

interface OptionProps {
  connection: Schemas["ConnectionView"];
  kind: Kind;
  wish: JobWish;
  onChange: (patch: Partial<JobWish>) => void;
}

function Options({ connection, kind, wish, onChange }: OptionProps) {
  return (
    <>
      <MultiSelect
        label="Streams"
        placeholder={kind === "backfill" ? "one stream" : "all of the connection's"}
        searchable
        clearable
        maxValues={kind === "backfill" ? 1 : 1_000}
        data={connection.configurations.streams.map((stream) => ({
          value: idOf(stream),
          label: stream.namespace ? `${stream.namespace}.${stream.name}` : stream.name,
        }))}
        value={wish.streamIds}
        onChange={(streamIds) => onChange({ streamIds })}
      />
      {(kind === "refresh" || kind === "clear") && (
        <Checkbox
          label="Remove history too"
          description="What navigate holds of the time before; without this it ends and stays readable."
          checked={wish.removesHistory}
          onChange={(event) => onChange({ removesHistory: event.currentTarget.checked })}
        />
      )}
      {kind === "rebuild" && (
        <Checkbox
          label="Put it in the place of what is published"
          description="Without this it only compares."
          checked={wish.swaps}
          onChange={(event) => onChange({ swaps: event.currentTarget.checked })}
        />
      )}
      {kind === "backfill" && (
        <Group grow align="flex-start">
          <TextInput
            label="From"
            description="The first cursor that is read."
            value={wish.from}
            onChange={(event) => onChange({ from: event.currentTarget.value })}
          />
          <TextInput
            label="To"
            description="The first that is not."
            value={wish.to}
            onChange={(event) => onChange({ to: event.currentTarget.value })}
          />
          <NumberInput
            label="Chunks"
            description="Equal parts, one after another."
            min={1}
            allowDecimal={false}
            value={wish.chunks}
            onChange={(chunks) => onChange({ chunks: Number(chunks) || 1 })}
          />
        </Group>
      )}
    </>
  );
}

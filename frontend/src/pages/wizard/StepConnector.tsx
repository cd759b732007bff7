import { Button, Checkbox, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { allOf } from "@/api/all";
import { answered, api, type Schemas } from "@/api/client";
import { RunsHere } from "@/pages/connectors/Runs";
import { useConnectors } from "@/pages/connectors/useConnectors";
import type { Connector } from "@/pages/connectors/ways";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";

import type { StepProps } from "./NewConnection";
import { StepButtons } from "./StepButtons";

/** Where records come from: a connector of the catalogue, or a source that is there already. */
export function StepConnector({ entered, enter, onNext }: StepProps) {
  const [from, setFrom] = useState(entered.source && !entered.isOwnSource ? "source" : "connector");
  return (
    <Stack>
      <SegmentedControl
        aria-label="Where records come from"
        w="fit-content"
        data={[
          { value: "connector", label: "A new source" },
          { value: "source", label: "A source that is there" },
        ]}
        value={from}
        onChange={setFrom}
      />
      {from === "connector" ? (
        <FromCatalogue
          onChoose={(connector) => {
            if (connector !== entered.connector || !entered.isOwnSource) {
              enter({
                connector,
                source: undefined,
                isOwnSource: false,
                choices: undefined,
                configuration: {},
                sourceName: "",
              });
            }
            onNext();
          }}
        />
      ) : (
        <FromSources
          chosen={entered.isOwnSource ? undefined : entered.source}
          onChoose={(source) =>
            enter({
              source,
              isOwnSource: false,
              connector: `source-${source.sourceType}`,
              workspaceId: source.workspaceId,
              sourceName: source.name,
              choices: undefined,
            })
          }
        />
      )}
      {from === "source" && (
        <StepButtons onNext={onNext} isReady={Boolean(entered.source) && !entered.isOwnSource} />
      )}
    </Stack>
  );
}

function FromCatalogue({ onChoose }: { onChoose: (connector: string) => void }) {
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text, 250);
  const [isPython, setPython] = useState(true);
  const asked = q ? { q } : {};
  const found = useConnectors({ ...asked, ...(isPython ? { runs: "python" } : {}) });
  const builtIn = useConnectors({ ...asked, runs: "built_in" });
  const columns = useMemo<Columns<Connector>>(
    () => [
      {
        header: "Connector",
        cell: ({ row: { original } }) => (
          <div>
            <Text size="sm" fw={600}>
              {original.title}
            </Text>
            <Text size="xs" c="dimmed">
              {original.name}
            </Text>
          </div>
        ),
      },
      { header: "Here", cell: ({ row }) => <RunsHere connector={row.original} /> },
      { header: "Kind", cell: ({ row }) => row.original.kind ?? "–" },
      {
        header: "Choose",
        cell: ({ row: { original } }) =>
          original.runs.isRunnable ? (
            <Button
              size="compact-sm"
              variant="light"
              aria-label={`Choose ${original.title}`}
              onClick={() => onChoose(original.name)}
            >
              Choose
            </Button>
          ) : (
            <Text size="xs" c="dimmed" maw={280}>
              {original.runs.reason}
            </Text>
          ),
      },
    ],
    [onChoose],
  );
  return (
    <>
      <TextInput
        label="Find a connector"
        leftSection={<IconSearch size={16} aria-hidden />}
        maw={360}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Checkbox
        label="Programs of Atlas, and Python packages that it can install, alone"
        checked={isPython}
        onChange={(event) => setPython(event.currentTarget.checked)}
      />
      <Loaded
        query={{
          data: found.data && builtIn.data && onceEach(builtIn.rows, found.rows),
          error: found.error ?? builtIn.error,
        }}
        lines={10}
      >
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No connector matches." />
          ) : (
            <DataTable
              label="Connectors"
              rows={rows}
              columns={columns}
              rowHeight={52}
              height={520}
              more={found.more}
            />
          )
        }
      </Loaded>
    </>
  );
}

/** What comes with Atlas stands first, and once. */
function onceEach(first: Connector[], then: Connector[]): Connector[] {
  const names = new Set(first.map(({ name }) => name));
  return [...first, ...then.filter(({ name }) => !names.has(name))];
}

interface SourceProps {
  chosen: Schemas["SourceView"] | undefined;
  onChoose: (source: Schemas["SourceView"]) => void;
}

function FromSources({ chosen, onChoose }: SourceProps) {
  const query = useQuery({
    queryKey: ["sources", "all"],
    queryFn: () =>
      allOf<Schemas["SourceView"]>((window) =>
        answered(api.GET("/v1/sources", { params: { query: window } })),
      ),
  });
  return (
    <Loaded query={query}>
      {(sources) =>
        sources.length === 0 ? (
          <Empty title="There is no source yet.">Make a new one from the catalogue.</Empty>
        ) : (
          <Select
            label="Source"
            maw={480}
            searchable
            limit={100}
            data={sources.map((source) => ({
              value: source.sourceId,
              label: `${source.name} (${source.sourceType})`,
            }))}
            value={chosen?.sourceId ?? null}
            onChange={(id) => {
              const source = sources.find((one) => one.sourceId === id);
              if (source) onChoose(source);
            }}
          />
        )
      }
    </Loaded>
  );
}

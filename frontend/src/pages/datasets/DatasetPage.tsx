import { Group, Skeleton, Tabs, Text } from "@mantine/core";
import { type ComponentType, lazy, Suspense } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { $api, type Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { type DatasetTab, datasetPath, datasetTitle, listPath } from "@/parts/datasets";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Status } from "@/parts/Status";

import { ColumnsTab } from "./ColumnsTab";

export interface TabProps {
  dataset: Schemas["DatasetPageView"];
}

const TABS: [DatasetTab, string, ComponentType<TabProps>][] = [
  ["columns", "Columns", ColumnsTab],
  ["sample", "Sample", lazy(async () => ({ default: (await import("./SampleTab")).SampleTab }))],
  [
    "history",
    "History",
    lazy(async () => ({ default: (await import("./HistoryTab")).HistoryTab })),
  ],
  [
    "passport",
    "Passport",
    lazy(async () => ({ default: (await import("./PassportTab")).PassportTab })),
  ],
  [
    "quality",
    "Quality",
    lazy(async () => ({ default: (await import("./QualityTab")).QualityTab })),
  ],
  [
    "lineage",
    "Lineage",
    lazy(async () => ({ default: (await import("./LineageTab")).LineageTab })),
  ],
  ["about", "About", lazy(async () => ({ default: (await import("./AboutTab")).AboutTab }))],
];

export function DatasetPage() {
  const { connectionId = "", stream = "", tab = "columns" } = useParams();
  const [search] = useSearchParams();
  const namespace = search.get("namespace");
  const navigate = useNavigate();
  const name = { connectionId, stream, namespace };
  const asked = $api.useQuery("get", "/v1/datasets/{connectionId}/{stream}", {
    params: { path: { connectionId, stream }, query: namespace ? { namespace } : {} },
  });
  const chosen = TABS.find(([value]) => value === tab)?.[0] ?? "columns";
  return (
    <Page
      title={datasetTitle(name)}
      trail={[["Datasets", "/datasets"]]}
      mark={asked.data?.lastJob && <LastJob job={asked.data.lastJob} />}
      about={asked.data?.labels.description}
    >
      <Loaded query={asked} lines={8}>
        {(dataset) => (
          <>
            <Head dataset={dataset} />
            <Tabs
              value={chosen}
              keepMounted={false}
              onChange={(value) => void navigate(datasetPath(name, value as DatasetTab))}
            >
              <Tabs.List mb="md">
                {TABS.map(([value, label]) => (
                  <Tabs.Tab key={value} value={value}>
                    {label}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              {TABS.map(([value, , Tab]) => (
                <Tabs.Panel key={value} value={value}>
                  <Suspense fallback={<Skeleton height={320} />}>
                    <Tab dataset={dataset} />
                  </Suspense>
                </Tabs.Panel>
              ))}
            </Tabs>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function LastJob({ job }: { job: Schemas["LastJobView"] }) {
  return (
    <Anchor to={`/jobs/${job.jobId}`}>
      <Status value={job.status} label={`last job ${job.status}`} />
    </Anchor>
  );
}

const COUNTED: Record<Schemas["Layer"], string> = {
  explore: "records",
  chart: "rows",
  navigate: "versions beside them",
};

/** Where it comes from, how new it is, and how much each layer has. */
function Head({ dataset }: TabProps) {
  const { connectionId, stream, namespace } = dataset;
  return (
    <Group gap="xs" style={{ columnGap: "var(--mantine-spacing-xl)" }}>
      <Text size="sm">
        From{" "}
        <Anchor to={`/connections/${connectionId}`} size="sm">
          {dataset.connection}
        </Anchor>
      </Text>
      <Text size="sm">
        Data as of <At at={dataset.freshness.extractedAt} />
      </Text>
      {dataset.layers.map((layer) => (
        <Text size="sm" key={layer.layer}>
          {layer.layer}{" "}
          <Anchor to={datasetPath(dataset, "sample", { layer: layer.layer })} size="sm">
            <Rows rows={layer.rows} estimated={layer.rowsEstimated} />
          </Anchor>{" "}
          {COUNTED[layer.layer]}
        </Text>
      ))}
      <Anchor to={listPath("/quarantine", { connectionId, stream, namespace })} size="sm">
        Quarantine
      </Anchor>
      <Anchor to={listPath("/personal-data", { connectionId, stream, namespace })} size="sm">
        Personal data
      </Anchor>
    </Group>
  );
}

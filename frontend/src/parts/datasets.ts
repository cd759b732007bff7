/** A dataset's addresses: in the dashboard, and in the API. A stream's name may hold any character. */

export interface DatasetName {
  connectionId: string;
  stream: string;
  namespace?: string | null | undefined;
}

export type DatasetTab =
  "columns" | "sample" | "history" | "passport" | "quality" | "lineage" | "about";

function search(values: Record<string, string | null | undefined>): string {
  const given = Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

/** Where a dataset's page is. */
export function datasetPath(
  { connectionId, stream, namespace }: DatasetName,
  tab?: DatasetTab,
  more: Record<string, string | null | undefined> = {},
): string {
  const path = `/datasets/${connectionId}/${encodeURIComponent(stream)}`;
  return `${path}${tab && tab !== "columns" ? `/${tab}` : ""}${search({ namespace, ...more })}`;
}

/** A page of lists, narrowed to a dataset or to something else: "/quarantine?stream=…". */
export function listPath(path: string, filters: Record<string, string | null | undefined>): string {
  return `${path}${search(filters)}`;
}

/** How the API's paths name a dataset. */
export function parametersOf({ connectionId, stream, namespace }: DatasetName) {
  return { path: { connectionId, stream }, query: namespace ? { namespace } : {} };
}

/** How a dataset is called where its connection is known. */
export function datasetTitle({ stream, namespace }: Omit<DatasetName, "connectionId">): string {
  return namespace ? `${namespace}.${stream}` : stream;
}

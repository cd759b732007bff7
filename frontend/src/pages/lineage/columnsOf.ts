/** The columns of a dataset and where they come from, as an OpenLineage event tells it. */

/** A column that another comes from. Shape: `id` is its dataset's in the graph. */
export interface Origin {
  id: string;
  dataset: string;
  field: string;
  isMasked: boolean;
  description: string | undefined;
}

export interface ToldColumn {
  name: string;
  type: string | undefined;
  from: Origin[];
}

interface InputField {
  namespace: string;
  name: string;
  field: string;
  transformations?: { masking?: boolean; description?: string }[];
}

interface EventDataset {
  namespace: string;
  name: string;
  facets?: {
    schema?: { fields?: { name: string; type?: string }[] };
    columnLineage?: { fields?: Record<string, { inputFields?: InputField[] }> };
  };
}

/** Nothing if the event does not name the dataset. */
export function columnsToldOf(
  eventText: string,
  namespace: string,
  name: string,
): ToldColumn[] | undefined {
  const event = JSON.parse(eventText) as { inputs?: EventDataset[]; outputs?: EventDataset[] };
  const told = [...(event.outputs ?? []), ...(event.inputs ?? [])].find(
    (one) => one.namespace === namespace && one.name === name,
  );
  if (!told) return undefined;
  const lineage = told.facets?.columnLineage?.fields ?? {};
  return (told.facets?.schema?.fields ?? []).map((field) => ({
    name: field.name,
    type: field.type,
    from: (lineage[field.name]?.inputFields ?? []).map((input) => ({
      id: `dataset:${input.namespace}:${input.name}`,
      dataset: input.name,
      field: input.field,
      isMasked: (input.transformations ?? []).some((one) => one.masking),
      description: input.transformations?.find((one) => one.description)?.description,
    })),
  }));
}

/** The columns that an event says are made of one column, each as `Origin` names a column. */
export function usesOf(
  eventText: string,
  namespace: string,
  name: string,
  column: string,
): Origin[] {
  const event = JSON.parse(eventText) as { outputs?: EventDataset[] };
  return (event.outputs ?? []).flatMap((output) =>
    Object.entries(output.facets?.columnLineage?.fields ?? {}).flatMap(([field, { inputFields }]) =>
      (inputFields ?? [])
        .filter(
          (input) => input.namespace === namespace && input.name === name && input.field === column,
        )
        .map((input) => ({
          id: `dataset:${output.namespace}:${output.name}`,
          dataset: output.name,
          field,
          isMasked: (input.transformations ?? []).some((one) => one.masking),
          description: input.transformations?.find((one) => one.description)?.description,
        })),
    ),
  );
}

import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { answered, api, type Schemas } from "@/api/client";

const PAGE = 100;

/** All connections, read to the end: names are looked for among all of them. */
async function everyConnection(): Promise<Schemas["ConnectionView"][]> {
  const found: Schemas["ConnectionView"][] = [];
  for (let offset = 0; ; offset += PAGE) {
    const query = { limit: PAGE, offset };
    const page = await answered(api.GET("/v1/connections", { params: { query } }));
    found.push(...page.data);
    if (!page.next) return found;
  }
}

export function useConnections() {
  return useQuery({
    queryKey: ["every connection"],
    queryFn: everyConnection,
    staleTime: 30_000,
  });
}

/** The name of a connection where only its id is at hand. */
export function useConnectionName(): (connectionId: string) => string | undefined {
  const { data } = useConnections();
  return (connectionId) => data?.find((one) => one.connectionId === connectionId)?.name;
}

/** Narrows a list to one connection. */
export function ConnectionFilter({
  value,
  onChange,
  label = "Connection",
  placeholder = "All",
}: {
  value: string | undefined;
  onChange: (connectionId: string | null) => void;
  label?: string;
  placeholder?: string;
}) {
  const { data, error } = useConnections();
  return (
    <Select
      label={label}
      placeholder={placeholder}
      searchable
      clearable
      w={220}
      data={(data ?? []).map((one) => ({ value: one.connectionId, label: one.name }))}
      value={value ?? null}
      onChange={onChange}
      error={error ? "Connections could not be read." : undefined}
    />
  );
}

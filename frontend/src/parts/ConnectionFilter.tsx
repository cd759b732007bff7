import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { answered, api } from "@/api/client";
import { everything } from "@/api/everything";

export function useConnections() {
  return useQuery({
    queryKey: ["every connection"],
    queryFn: () =>
      everything((query) => answered(api.GET("/v1/connections", { params: { query } }))),
    select: (found) => found.rows,
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
  w = 220,
}: {
  value: string | undefined;
  onChange: (connectionId: string | null) => void;
  label?: string;
  placeholder?: string;
  w?: number | string;
}) {
  const { data, error } = useConnections();
  return (
    <Select
      label={label}
      placeholder={placeholder}
      searchable
      clearable
      w={w}
      data={(data ?? []).map((one) => ({ value: one.connectionId, label: one.name }))}
      value={value ?? null}
      onChange={onChange}
      error={error ? "Connections could not be read." : undefined}
    />
  );
}

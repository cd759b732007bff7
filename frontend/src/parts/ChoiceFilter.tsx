import { Select, type SelectProps } from "@mantine/core";

/** Narrows a list to one of a few values; where none is chosen, all are shown. */
export function ChoiceFilter({
  value,
  onChange,
  ...select
}: Omit<SelectProps, "value" | "onChange"> & {
  value: string | undefined;
  onChange: (value: string | null) => void;
}) {
  return (
    <Select
      placeholder="Any"
      clearable
      w={150}
      value={value ?? null}
      onChange={onChange}
      {...select}
    />
  );
}

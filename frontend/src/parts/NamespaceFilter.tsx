import { TextFilter } from "./TextFilter";

/** A namespace that the address narrows a list to: it is shown, so that it can be taken away. */
export function NamespaceFilter({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (namespace: string | null) => void;
}) {
  if (value === undefined) return null;
  return (
    <TextFilter
      label="Namespace"
      w={140}
      value={value}
      onChange={(namespace) => onChange(namespace || null)}
    />
  );
}

import { TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";

/** A filter by text, that is taken up when somebody stops typing. */
export function TextFilter({
  value,
  onChange,
  ...input
}: Omit<TextInputProps, "value" | "onChange"> & {
  value: string | undefined;
  onChange: (text: string) => void;
}) {
  const [typed, setTyped] = useState(value ?? "");
  const taken = useRef(value ?? "");
  const take = useDebouncedCallback((text: string) => {
    taken.current = text;
    onChange(text);
  }, 300);
  useEffect(() => {
    // the address changed by another way than this field, such as a step back
    if ((value ?? "") !== taken.current) {
      taken.current = value ?? "";
      setTyped(taken.current);
    }
  }, [value]);
  return (
    <TextInput
      w={240}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        take(event.currentTarget.value);
      }}
      {...input}
    />
  );
}

import {
  Group,
  Input,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import type { WidgetProps } from "@rjsf/utils";
import { useState } from "react";

import { HIDDEN_SECRET, type Keeper, referenceOf } from "./spec";

const PLACES = [
  { value: "value", label: "Typed here" },
  { value: "$env", label: "In a variable of Atlas" },
  { value: "$file", label: "In a file beside Atlas" },
  { value: "$vault", label: "In Vault" },
];

const NAMES: Record<Keeper, { label: string; description: string }> = {
  $env: {
    label: "Variable",
    description: "Its name; it begins with what ATLAS_SECRET_PREFIX says.",
  },
  $file: { label: "File", description: "Its path; it lies under ATLAS_SECRET_FOLDER." },
  $vault: { label: "Path and key", description: "As secret/shop#api_key, within ATLAS_VAULT_URL." },
};

/** A text or number; a secret may also be named where it is kept, and is never shown again. */
export function ValueWidget(props: WidgetProps) {
  const { id, label, value, required, disabled, readonly, rawErrors, schema, options } = props;
  const onChange = props.onChange as (value: unknown) => void;
  const isOff = disabled || readonly;
  const error = rawErrors?.length ? rawErrors.join("\n") : undefined;
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (types.includes("integer") || types.includes("number")) {
    return (
      <NumberInput
        id={id}
        label={label}
        value={typeof value === "number" ? value : ""}
        allowDecimal={types.includes("number")}
        withAsterisk={required}
        disabled={isOff}
        error={error}
        onChange={(next) => onChange(next === "" ? undefined : Number(next))}
      />
    );
  }
  const reference = referenceOf(value);
  const isSecret = Boolean(options.secret);
  if (!isSecret && !reference) return <Plain {...props} />;
  const keeper = reference?.keeper ?? "value";
  return (
    <Stack gap={4}>
      <Input.Label htmlFor={id} required={required}>
        {label}
      </Input.Label>
      <Group gap="xs" align="flex-start" grow preventGrowOverflow={false}>
        <Select
          aria-label={`Where ${label} is kept`}
          data={PLACES}
          value={keeper}
          allowDeselect={false}
          disabled={isOff}
          maw={220}
          onChange={(next) =>
            onChange(!next || next === "value" ? undefined : { [next]: reference?.name ?? "" })
          }
        />
        {reference ? (
          <TextInput
            id={id}
            description={NAMES[reference.keeper].description}
            inputWrapperOrder={["input", "description", "error"]}
            placeholder={NAMES[reference.keeper].label}
            value={reference.name}
            disabled={isOff}
            error={error}
            onChange={(event) => onChange({ [reference.keeper]: event.currentTarget.value })}
          />
        ) : (
          <Secret {...props} />
        )}
      </Group>
    </Stack>
  );
}

function Plain({ id, label, value, required, disabled, readonly, ...props }: WidgetProps) {
  const shared = {
    id,
    label,
    value: typeof value === "string" ? value : "",
    withAsterisk: Boolean(required),
    disabled: disabled || readonly,
    error: props.rawErrors?.length ? props.rawErrors.join("\n") : undefined,
  };
  const typed = (text: string) => props.onChange(text === "" ? undefined : text);
  return props.options.multiline ? (
    <Textarea {...shared} autosize onChange={(event) => typed(event.currentTarget.value)} />
  ) : (
    <TextInput {...shared} onChange={(event) => typed(event.currentTarget.value)} />
  );
}

function Secret({ id, value, disabled, readonly, rawErrors, options, onChange }: WidgetProps) {
  const isKept = value === HIDDEN_SECRET;
  const [wasKept] = useState(isKept);
  const shared = {
    id,
    autoComplete: "new-password",
    value: isKept || typeof value !== "string" ? "" : value,
    placeholder: isKept ? "Kept; type to replace it" : "",
    disabled: disabled || readonly,
    error: rawErrors?.length ? rawErrors.join("\n") : undefined,
  };
  // what is emptied again is as it was: the kept secret, or none
  const typed = (text: string) => onChange(text || (wasKept ? HIDDEN_SECRET : undefined));
  if (!options.multiline) {
    return <PasswordInput {...shared} onChange={(event) => typed(event.currentTarget.value)} />;
  }
  // a password field has one line: a key of several would lose its line breaks
  return (
    <Textarea
      {...shared}
      autosize
      minRows={3}
      styles={{ input: { WebkitTextSecurity: "disc" } as object }}
      onChange={(event) => typed(event.currentTarget.value)}
    />
  );
}

import { Box, Text, Title } from "@mantine/core";
import { withTheme } from "@rjsf/core";
import { Theme } from "@rjsf/mantine";
import type { DescriptionFieldProps, FieldTemplateProps, RJSFSchema } from "@rjsf/utils";
import { useMemo } from "react";

import { formOf } from "./form";
import type { JsonObject } from "./spec";
import { validator } from "./validator";
import { ValueWidget } from "./ValueWidget";
import { errorTree } from "./wrongs";

const Rjsf = withTheme(Theme);

interface Props {
  id: string;
  specification: unknown;
  value: JsonObject;
  onChange: (value: JsonObject) => void;
  onSubmit: () => void;
  wrongs?: { pointer?: string; detail?: string }[];
  disabled?: boolean;
}

/** The form that a connector's specification describes. Its button stands elsewhere: `form={id}`. */
export default function SpecForm(props: Props) {
  const { id, specification, value, onChange, onSubmit, wrongs = [], disabled = false } = props;
  const { schema, ui } = useMemo(() => formOf(specification), [specification]);
  return (
    <Rjsf
      id={id}
      schema={schema as RJSFSchema}
      uiSchema={{ ...ui, "ui:submitButtonOptions": { norender: true } }}
      formData={value}
      validator={validator}
      widgets={WIDGETS}
      templates={TEMPLATES}
      extraErrors={errorTree(wrongs) as object}
      disabled={disabled}
      showErrorList={false}
      noHtml5Validate
      noValidate
      onChange={({ formData }) => onChange(formData as JsonObject)}
      onSubmit={() => onSubmit()}
    />
  );
}

function Field(props: FieldTemplateProps) {
  const { hidden, children, rawDescription, displayLabel, errors, help } = props;
  if (hidden) return <Box display="none">{children}</Box>;
  return (
    <Box mb="sm">
      {children}
      {displayLabel && rawDescription && (
        <Text size="xs" c="dimmed" mt={4} style={{ whiteSpace: "pre-line" }}>
          {rawDescription}
        </Text>
      )}
      {errors}
      {help}
    </Box>
  );
}

/** What is said of a choice, a group or a checkbox, above it. */
function Description({ id, description }: DescriptionFieldProps) {
  if (!description) return null;
  return (
    <Text id={id} size="xs" c="dimmed" mb={4} component="div" style={{ whiteSpace: "pre-line" }}>
      {description}
    </Text>
  );
}

function GroupTitle({ id, title }: { id?: string; title?: string }) {
  return (
    <Title id={id} order={3} size="h5" mb={4}>
      {title}
    </Title>
  );
}

const WIDGETS = { TextWidget: ValueWidget, PasswordWidget: ValueWidget };
const TEMPLATES = {
  FieldTemplate: Field,
  DescriptionFieldTemplate: Description,
  TitleFieldTemplate: GroupTitle,
  ArrayFieldTitleTemplate: GroupTitle,
};

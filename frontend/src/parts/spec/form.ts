/** A connector's specification as a form draws it. */
import {
  asSchema,
  constantOf,
  discriminatorOf,
  isObject,
  type JsonObject,
  plain,
  propertyOf,
  without,
} from "./spec";

function described(schema: JsonObject): string | undefined {
  const given = schema.examples ?? schema.example;
  const examples = (Array.isArray(given) ? given : given === undefined ? [] : [given])
    .filter((example) => example !== "")
    .slice(0, 3)
    .map((example) => (typeof example === "string" ? example : JSON.stringify(example)));
  const shape = typeof schema.pattern_descriptor === "string" ? schema.pattern_descriptor : "";
  const parts = [
    plain(schema.description),
    shape && `As ${shape}.`,
    examples.length > 0 && `For example ${examples.join(", ")}`,
  ];
  return parts.filter(Boolean).join("\n") || undefined;
}

export interface Form {
  schema: JsonObject;
  ui: JsonObject;
}

/** The schema and the hints by which a form is drawn; what a browser cannot check it leaves out. */
export function formOf(specification: unknown): Form {
  const form = drawn(isObject(specification) ? specification : { type: "object" }, true);
  return { schema: without(form.schema, "title", "description"), ui: form.ui };
}

function drawn(schema: JsonObject, isRequired: boolean): Form {
  const out = without(schema, "pattern", "format", "examples", "example");
  const ui: JsonObject = {};
  const description = described(schema);
  if (description) out.description = description;
  else delete out.description;

  if (schema.airbyte_hidden) ui["ui:widget"] = "hidden";
  else if (isText(schema) && !schema.enum) {
    ui["ui:widget"] = "text";
    ui["ui:options"] = { secret: Boolean(schema.airbyte_secret), multiline: schema.multiline };
  }
  if (Array.isArray(schema.oneOf)) {
    delete out.type;
    Object.assign(out, choices(schema, ui, isRequired));
  }
  if (isObject(schema.properties)) {
    const names = inOrder(schema.properties);
    out.properties = Object.fromEntries(
      names.map((name) => {
        const isNeeded = Array.isArray(schema.required) && schema.required.includes(name);
        const inner = drawn(asSchema((schema.properties as JsonObject)[name]), isNeeded);
        if (Object.keys(inner.ui).length > 0) ui[name] = inner.ui;
        return [name, inner.schema];
      }),
    );
    out.additionalProperties = false;
  }
  if (isObject(schema.items)) {
    const inner = drawn(schema.items, true);
    out.items = inner.schema;
    ui.items = inner.ui;
  }
  return { schema: out, ui };
}

/** Each choice's constant is its default and is not shown: the choice itself says it. What is not
 * needed may be left out, so none is a choice as well. */
function choices(schema: JsonObject, ui: JsonObject, isRequired: boolean): JsonObject {
  const all = schema.oneOf as unknown[];
  const discriminator = discriminatorOf(all);
  const forms = all.map((choice) => drawn(asSchema(choice), true));
  for (const form of forms) Object.assign(ui, form.ui);
  const none = isRequired || schema.default !== undefined ? [] : [{ title: "None", type: "null" }];
  if (!discriminator) return { oneOf: [...none, ...forms.map((form) => form.schema)] };
  ui[discriminator] = { "ui:widget": "hidden" };
  const found = forms.map((form, index) => {
    const constant = constantOf(propertyOf(all[index], discriminator));
    const properties = {
      ...(form.schema.properties as JsonObject),
      [discriminator]: { type: typeof constant, const: constant, default: constant },
    };
    const choice = without(form.schema, "default");
    return { ...choice, type: "object", title: choice.title ?? String(constant), properties };
  });
  return { discriminator: { propertyName: discriminator }, oneOf: [...none, ...found] };
}

function isText(schema: JsonObject): boolean {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.includes("string") && !types.includes("array") && !types.includes("object");
}

function inOrder(properties: JsonObject): string[] {
  const place = (name: string): number => {
    const order = asSchema(properties[name]).order;
    return typeof order === "number" ? order : Number.MAX_SAFE_INTEGER;
  };
  return Object.keys(properties).sort((one, other) => place(one) - place(other));
}

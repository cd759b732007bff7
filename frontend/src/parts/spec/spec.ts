/** A connector's specification as a form draws it. Source: Airbyte's connector specification reference. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = Record<string, unknown>;

export const HIDDEN_SECRET = "**********";
const KEEPERS = ["$env", "$file", "$vault"] as const;
export type Keeper = (typeof KEEPERS)[number];

export interface Reference {
  keeper: Keeper;
  name: string;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands in a value's place: `{"$env": "NAME"}` and the like. */
export function referenceOf(value: unknown): Reference | undefined {
  if (!isObject(value)) return undefined;
  const [name, ...others] = Object.keys(value);
  const keeper = KEEPERS.find((known) => known === name);
  if (!keeper || others.length > 0) return undefined;
  return { keeper, name: String(value[keeper] ?? "") };
}

/** The property by whose constant the choices of a `oneOf` are told apart. */
export function discriminatorOf(choices: unknown[]): string | undefined {
  const [first] = choices.filter(isObject);
  if (!first || !isObject(first.properties)) return undefined;
  return Object.keys(first.properties).find((name) =>
    choices.every((choice) => constantOf(propertyOf(choice, name)) !== undefined),
  );
}

export function constantOf(schema: unknown): unknown {
  if (!isObject(schema)) return undefined;
  if (schema.const !== undefined) return schema.const;
  return Array.isArray(schema.enum) && schema.enum.length === 1
    ? (schema.enum[0] as unknown)
    : undefined;
}

function propertyOf(schema: unknown, name: string): unknown {
  return isObject(schema) && isObject(schema.properties) ? schema.properties[name] : undefined;
}

/** The choice of a `oneOf` that a value is of, by its discriminator; none where nothing tells. */
export function chosenOf(choices: unknown[], value: unknown): JsonObject | undefined {
  const discriminator = discriminatorOf(choices);
  if (!discriminator || !isObject(value)) return undefined;
  return choices
    .filter(isObject)
    .find((choice) => constantOf(propertyOf(choice, discriminator)) === value[discriminator]);
}

/** Descriptions are HTML here and there: their text, and the addresses of their links. */
export function plain(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  return text
    .replace(/<a\b[^>]*?href=["']?([^"'\s>]+)["']?[^>]*>(.*?)<\/a>/gis, "$2 ($1)")
    .replace(/<br\s*\/?>/gi, "\n")
    .replace(/<\/?[a-z][^>]*>/gi, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .trim();
}

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
  const { title: _, description: __, ...schema } = form.schema;
  return { schema, ui: form.ui };
}

function drawn(schema: JsonObject, isRequired: boolean): Form {
  const {
    pattern: _pattern,
    format: _format,
    examples: _examples,
    example: _example,
    ...kept
  } = schema;
  const out: JsonObject = { ...kept };
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
    const { default: _, ...choice } = form.schema;
    return { ...choice, type: "object", title: choice.title ?? String(constant), properties };
  });
  return { discriminator: { propertyName: discriminator }, oneOf: [...none, ...found] };
}

/** A configuration as it is sent: without what was left empty. Shape: whole objects go only where the
 * specification does not need them. */
export function filled(specification: unknown, value: JsonObject): JsonObject {
  const schema = schemaOf(asSchema(specification), value);
  const needed = Array.isArray(schema.required) ? (schema.required as string[]) : [];
  const properties = asSchema(schema.properties);
  const kept: JsonObject = {};
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined || inner === null || inner === "") continue;
    if (!isObject(inner) || referenceOf(inner)) {
      kept[name] = inner;
      continue;
    }
    const found = filled(properties[name], inner);
    if (Object.keys(found).length > 0 || needed.includes(name)) kept[name] = found;
  }
  return kept;
}

/** A configuration as it may be shown: what is secret in it is not. */
export function hidden(specification: unknown, value: JsonObject): JsonObject {
  const schema = schemaOf(asSchema(specification), value);
  const properties = asSchema(schema.properties);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const known = asSchema(properties[name]);
      if (known.airbyte_secret && !referenceOf(inner)) return [name, HIDDEN_SECRET];
      if (Array.isArray(inner)) {
        const items = asSchema(known.items);
        return [name, inner.map((one: unknown) => (isObject(one) ? hidden(items, one) : one))];
      }
      return [name, isObject(inner) && !referenceOf(inner) ? hidden(known, inner) : inner];
    }),
  );
}

/** The references in a configuration, and the secrets that only Atlas has. */
export function hasUnseen(value: unknown): boolean {
  if (value === HIDDEN_SECRET || referenceOf(value)) return true;
  if (Array.isArray(value)) return value.some(hasUnseen);
  return isObject(value) && Object.values(value).some(hasUnseen);
}

const schemaOf = (schema: JsonObject, value: JsonObject): JsonObject =>
  (Array.isArray(schema.oneOf) && chosenOf(schema.oneOf, value)) || schema;

const asSchema = (value: unknown): JsonObject => (isObject(value) ? value : {});

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

/** How a connector's specification is read. Source: Airbyte's connector specification reference. */

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

export function propertyOf(schema: unknown, name: string): unknown {
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

export const asSchema = (value: unknown): JsonObject => (isObject(value) ? value : {});

export function without(schema: JsonObject, ...names: string[]): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !names.includes(name)));
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

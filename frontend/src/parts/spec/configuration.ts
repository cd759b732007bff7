/** A configuration on its way to the API, and as it may be shown. */
import { asSchema, chosenOf, HIDDEN_SECRET, isObject, type JsonObject, referenceOf } from "./spec";

/** A configuration as it is sent: without what was left empty. Shape: whole objects go only where the
 * specification does not need them. */
export function filled(specification: unknown, value: JsonObject): JsonObject {
  const schema = schemaOf(asSchema(specification), value);
  const needed = Array.isArray(schema.required) ? (schema.required as string[]) : [];
  const properties = asSchema(schema.properties);
  const kept: JsonObject = {};
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined || inner === null || inner === "") continue;
    if (Array.isArray(inner)) {
      const items = asSchema(asSchema(properties[name]).items);
      kept[name] = inner
        .filter((one) => one !== undefined && one !== null && one !== "")
        .map((one: unknown) => (isObject(one) && !referenceOf(one) ? filled(items, one) : one));
      continue;
    }
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

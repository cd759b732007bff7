/** What is wrong with a configuration, field by field, before it is sent; the server's word counts. */
import { type Schema, Validator } from "@cfworker/json-schema";

import {
  chosenOf,
  HIDDEN_SECRET,
  isObject,
  type JsonObject,
  plain,
  referenceOf,
  without,
} from "./spec";

export interface Wrong {
  pointer: string;
  detail: string;
}

/** Shape: nothing is asked of what is kept already (`**********`), nor of what a reference stands for. */
export function wrongs(specification: unknown, value: unknown): Wrong[] {
  const found: Wrong[] = [];
  look(isObject(specification) ? specification : {}, value, "", found);
  return found;
}

function look(schema: JsonObject, value: unknown, pointer: string, found: Wrong[]): void {
  if (value === undefined || value === HIDDEN_SECRET || referenceOf(value)) return;
  if (Array.isArray(schema.oneOf) && isObject(value)) {
    const choice = chosenOf(schema.oneOf, value);
    if (choice) look(choice, value, pointer, found);
    return;
  }
  if (isObject(schema.properties) && isObject(value)) {
    const needed = new Set(Array.isArray(schema.required) ? (schema.required as string[]) : []);
    for (const name of needed) {
      if (isMissing(value[name])) {
        found.push({ pointer: within(pointer, name), detail: "This is needed." });
      }
    }
    for (const [name, inner] of Object.entries(schema.properties)) {
      if (isObject(inner) && !isMissing(value[name])) {
        look(inner, value[name], within(pointer, name), found);
      }
    }
    return;
  }
  const { items } = schema;
  if (isObject(items) && Array.isArray(value)) {
    value.forEach((item, index) => look(items, item, within(pointer, String(index)), found));
  }
  const said = leaf(schema, value);
  if (said) found.push({ pointer, detail: said });
}

function leaf(schema: JsonObject, value: unknown): string | undefined {
  const rest = without(schema, "properties", "items", "oneOf", "format");
  if (typeof rest.pattern === "string" && !isPattern(rest.pattern)) delete rest.pattern;
  const [error] = new Validator(rest as Schema, "7").validate(value).errors;
  if (!error) return undefined;
  if (error.keyword === "pattern") {
    const shape = plain(schema.pattern_descriptor);
    return shape ? `This is to be as ${shape}.` : `This does not match ${String(schema.pattern)}.`;
  }
  return error.error;
}

const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || value === "";

const within = (pointer: string, name: string): string =>
  `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** Patterns are written for other engines too; one that this one does not know is the server's to ask. */
function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch {
    return false;
  }
}

/** The wrongs as a form takes them: each at its field, those of no field at the form. */
export function errorTree(found: { pointer?: string; detail?: string }[]): JsonObject {
  const tree: JsonObject = {};
  for (const { pointer, detail } of found) {
    let place = tree;
    for (const part of (pointer ?? "").split("/").slice(1)) {
      const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
      place[name] ??= {};
      place = place[name] as JsonObject;
    }
    place.__errors = [...((place.__errors as string[]) ?? []), detail ?? "This is wrong."];
  }
  return tree;
}

import { describe, expect, it } from "vitest";

import { filled, hasUnseen, hidden } from "./configuration";
import { formOf } from "./form";
import { chosenOf, discriminatorOf, plain, referenceOf } from "./spec";
import { errorTree, wrongs } from "./wrongs";

const SPEC = {
  type: "object",
  title: "Shop Spec",
  required: ["shop", "credentials"],
  properties: {
    since: {
      type: "string",
      order: 2,
      format: "date",
      pattern: "^[0-9]{4}$",
      pattern_descriptor: "YYYY",
      examples: ["2024"],
    },
    credentials: {
      type: "object",
      order: 1,
      oneOf: [
        {
          title: "Key",
          required: ["auth_type", "key"],
          properties: {
            auth_type: { type: "string", const: "key" },
            key: { type: "string", airbyte_secret: true, minLength: 4 },
          },
        },
        {
          title: "Password",
          required: ["user"],
          properties: {
            auth_type: { type: "string", enum: ["password"] },
            user: { type: "string" },
          },
        },
      ],
    },
    shop: { type: "string", order: 0 },
  },
};

describe("a specification as a form", () => {
  const { schema, ui } = formOf(SPEC);
  const properties = schema.properties as Record<string, Record<string, unknown>>;

  it("has its fields in their order", () => {
    expect(Object.keys(properties)).toEqual(["shop", "credentials", "since"]);
  });

  it("tells a field's shape and examples in words", () => {
    expect(properties.since?.description).toBe("As YYYY.\nFor example 2024");
    expect(properties.since).not.toHaveProperty("pattern");
  });

  it("makes a choice of what a constant tells apart, and hides the constant", () => {
    const credentials = properties.credentials as { oneOf: Record<string, unknown>[] };
    expect(properties.credentials?.discriminator).toEqual({ propertyName: "auth_type" });
    expect(credentials.oneOf.map((choice) => choice.title)).toEqual(["Key", "Password"]);
    // with a type of its own the group would be drawn beside its choice
    expect(credentials).not.toHaveProperty("type");
    expect(credentials.oneOf[1]?.properties).toMatchObject({ auth_type: { default: "password" } });
    expect(ui.credentials).toMatchObject({
      auth_type: { "ui:widget": "hidden" },
      key: { "ui:options": { secret: true } },
    });
  });

  it("shows what descriptions say, without their HTML", () => {
    expect(plain('See <a href="https://a.example/b">here</a>.<br>Then.')).toBe(
      "See here (https://a.example/b).\nThen.",
    );
  });
});

describe("what is wrong with a configuration", () => {
  it("names each field by its pointer", () => {
    const found = wrongs(SPEC, { since: "24", credentials: { auth_type: "key" } });
    expect(found).toEqual([
      { pointer: "/shop", detail: "This is needed." },
      { pointer: "/since", detail: "This is to be as YYYY." },
      { pointer: "/credentials/key", detail: "This is needed." },
    ]);
  });

  it("asks of the choice that was made alone", () => {
    expect(wrongs(SPEC, { shop: "a", credentials: { auth_type: "password", user: "b" } })).toEqual(
      [],
    );
  });

  it("asks nothing of a secret that is kept, nor of a reference", () => {
    const held = (key: unknown) => ({ shop: "a", credentials: { auth_type: "key", key } });
    expect(wrongs(SPEC, held("abc"))).toHaveLength(1);
    expect(wrongs(SPEC, held("**********"))).toEqual([]);
    expect(wrongs(SPEC, held({ $env: "ATLAS_SECRET_KEY" }))).toEqual([]);
  });

  it("leaves a pattern that no browser reads to the server", () => {
    const spec = { type: "object", properties: { a: { type: "string", pattern: "(?i)^x" } } };
    expect(wrongs(spec, { a: "y" })).toEqual([]);
  });

  it("looks at a list, and at each of its items", () => {
    const items = { type: "string", pattern: "^a" };
    const list = { type: "array", minItems: 1, items };
    const spec = { type: "object", properties: { names: list } };
    expect(wrongs(spec, { names: ["ab", "b"] }).map((one) => one.pointer)).toEqual(["/names/1"]);
    expect(wrongs(spec, filled(spec, { names: [null, ""] }))).toHaveLength(1);
  });

  it("stands at its field in the form", () => {
    expect(
      errorTree([
        { pointer: "/a~1b/c", detail: "No." },
        { pointer: "", detail: "All." },
      ]),
    ).toEqual({ "a/b": { c: { __errors: ["No."] } }, __errors: ["All."] });
  });
});

describe("a configuration on its way", () => {
  const value = { shop: "a", since: "", credentials: { auth_type: "key", key: "abcd" } };

  it("has nothing that was left empty", () => {
    expect(filled(SPEC, value)).toEqual({ shop: "a", credentials: value.credentials });
    expect(filled(SPEC, { credentials: { key: undefined }, other: { a: null } })).toEqual({
      credentials: {},
    });
  });

  it("shows no secret, in whichever choice it stands", () => {
    expect(hidden(SPEC, value)).toMatchObject({ credentials: { key: "**********" } });
    const named = { credentials: { auth_type: "key", key: { $env: "A" } } };
    expect(hidden(SPEC, named)).toEqual(named);
  });

  it("knows what no browser has seen", () => {
    expect(hasUnseen(value)).toBe(false);
    expect(hasUnseen({ a: [{ b: "**********" }] })).toBe(true);
    expect(hasUnseen({ a: { $file: "x" } })).toBe(true);
  });

  it("may leave out a choice that is not needed", () => {
    const { schema } = formOf({ ...SPEC, required: ["shop"] });
    const { credentials } = schema.properties as { credentials: { oneOf: { title: string }[] } };
    expect(credentials.oneOf.map((choice) => choice.title)).toEqual(["None", "Key", "Password"]);
  });
});

describe("references and choices", () => {
  it("knows a reference from a value", () => {
    expect(referenceOf({ $vault: "kv/a#b" })).toEqual({ keeper: "$vault", name: "kv/a#b" });
    expect(referenceOf({ $env: "A", more: 1 })).toBeUndefined();
    expect(referenceOf("**********")).toBeUndefined();
  });

  it("has no discriminator where a choice has no constant", () => {
    const choices = [{ properties: { a: { const: 1 } } }, { properties: { a: {} } }];
    expect(discriminatorOf(choices)).toBeUndefined();
    expect(chosenOf(choices, { a: 1 })).toBeUndefined();
  });
});

// @vitest-environment jsdom
import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { readFileSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { filled, hidden } from "./configuration";
import { formOf } from "./form";
import SpecForm from "./SpecForm";
import { discriminatorOf, isObject, type JsonObject } from "./spec";
import { wrongs } from "./wrongs";

interface Entry {
  name: string;
  connectionSpecification?: JsonObject;
}

const SPECIFICATIONS = readFileSync("../backend/app/sources/catalogue.jsonl", "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Entry)
  .flatMap(({ name, connectionSpecification: spec }) => (spec ? [{ name, spec }] : []));

beforeAll(() => {
  // what Mantine asks of a browser and jsdom does not have
  const noMedia = { matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() };
  vi.stubGlobal("matchMedia", () => noMedia);
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe = vi.fn();
      unobserve = vi.fn();
      disconnect = vi.fn();
    },
  );
});
afterEach(cleanup);

describe("every specification of the catalogue", () => {
  it("is a form, whatever it is made of", () => {
    expect(SPECIFICATIONS.length).toBeGreaterThan(400);
    for (const { name, spec } of SPECIFICATIONS) {
      const { schema } = formOf(spec);
      const names = Object.keys(isObject(spec.properties) ? spec.properties : {});
      expect(Object.keys((schema.properties ?? {}) as object).sort(), name).toEqual(names.sort());
      expect(wrongs(spec, {}).length, name).toBe(neededAt(spec));
      expect(filled(spec, hidden(spec, {})), name).toEqual({});
    }
  });

  it("has its choices told apart, but for the few whose source names no constant", () => {
    const without = SPECIFICATIONS.filter(({ spec }) => choicesIn(spec).some(isUndecided));
    expect(without.length).toBeLessThan(SPECIFICATIONS.length / 20);
  });
});

it.each([
  ["source-postgres", 1],
  ["source-github", 3],
])(
  "draws the form of %s, with a password field for each secret that is asked for",
  { timeout: 60_000 },
  (name, secrets) => {
    const spec = SPECIFICATIONS.find((one) => one.name === name)?.spec;
    const shown = vi.spyOn(console, "error");
    const { container } = render(
      <MantineProvider env="test">
        <SpecForm
          id="form"
          specification={spec}
          value={{}}
          wrongs={[]}
          onChange={vi.fn()}
          onSubmit={vi.fn()}
        />
      </MantineProvider>,
    );
    expect(container.querySelector("form#form")).not.toBeNull();
    expect(screen.queryByText(/Unsupported field schema/)).toBeNull();
    expect(container.querySelectorAll("input[type=password]")).toHaveLength(secrets);
    expect(shown).not.toHaveBeenCalled();
  },
);

function neededAt(spec: JsonObject): number {
  return Array.isArray(spec.required) ? new Set(spec.required).size : 0;
}

function choicesIn(schema: unknown): unknown[][] {
  if (Array.isArray(schema)) return schema.flatMap(choicesIn);
  if (!isObject(schema)) return [];
  const own = Array.isArray(schema.oneOf) ? [schema.oneOf as unknown[]] : [];
  return [...own, ...Object.values(schema).flatMap(choicesIn)];
}

const isUndecided = (choices: unknown[]): boolean => discriminatorOf(choices) === undefined;

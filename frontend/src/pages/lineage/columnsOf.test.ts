import { expect, it } from "vitest";

import { columnsToldOf, usesOf } from "./columnsOf";

const event = JSON.stringify({
  inputs: [{ namespace: "a", name: "users", facets: { schema: { fields: [{ name: "id" }] } } }],
  outputs: [
    {
      namespace: "p",
      name: "db.chart.users",
      facets: {
        schema: {
          fields: [
            { name: "email", type: "text" },
            { name: "_atlas_seq", type: "integer" },
          ],
        },
        columnLineage: {
          fields: {
            email: {
              inputFields: [
                {
                  namespace: "a",
                  name: "users",
                  field: "email",
                  transformations: [{ type: "DIRECT", masking: true, description: "token" }],
                },
              ],
            },
          },
        },
      },
    },
  ],
});

it("tells where a column comes from, and that it is masked", () => {
  expect(columnsToldOf(event, "p", "db.chart.users")).toEqual([
    {
      name: "email",
      type: "text",
      from: [
        {
          id: "dataset:a:users",
          dataset: "users",
          field: "email",
          isMasked: true,
          description: "token",
        },
      ],
    },
    { name: "_atlas_seq", type: "integer", from: [] },
  ]);
});

it("tells of inputs too, and nothing of what the event does not name", () => {
  expect(columnsToldOf(event, "a", "users")).toEqual([{ name: "id", type: undefined, from: [] }]);
  expect(columnsToldOf(event, "b", "users")).toBeUndefined();
});

it("tells what is made of a column, and of no other", () => {
  expect(usesOf(event, "a", "users", "email")).toEqual([
    {
      id: "dataset:p:db.chart.users",
      dataset: "db.chart.users",
      field: "email",
      isMasked: true,
      description: "token",
    },
  ]);
  expect(usesOf(event, "a", "users", "id")).toEqual([]);
  expect(usesOf(event, "b", "users", "email")).toEqual([]);
});

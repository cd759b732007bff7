// @vitest-environment jsdom
import { answer } from "@/fixtures/atlas";
import { draw } from "@/fixtures/drawn";

import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";

import type { Schemas } from "@/api/client";

import { PassportTab } from "./PassportTab";

const HASH = "01234567-89ab-cdef-0123-456789abcdef";
const DATASET = {
  connectionId: "c",
  stream: "orders",
  primaryKey: [["id"]],
  columns: [{ name: "id", path: ["id"], type: "bigint" }],
} as unknown as Schemas["DatasetPageView"];

const version = (number: number, at: string) =>
  `{"validFrom":"${at}","isCurrent":${number === 3},"isDeleted":false,"recordedAt":"${at}","schemaVersion":1,` +
  `"batchId":1,"seq":1,"values":{"id":900719925474099${number}}}`;

beforeEach(() =>
  answer({
    "GET /v1/connections/c": { value: { connectionId: "c", workspaceId: "w" } },
    "POST /v1/datasets/c/orders/passport": {
      text:
        `{"connectionId":"c","stream":"orders","table":"chart.orders","keyHash":"${HASH}","inChart":true,` +
        '"rows":[{"batchId":1,"seq":1,"extractedAt":"2026-01-01T00:00:00Z","values":{"id":9007199254740993}}],' +
        `"versions":[${version(3, "2026-01-02T00:00:00Z")},${version(2, "2026-01-01T00:00:00Z")}],` +
        '"hasMore":false,"batches":[],"promotions":[],"decisions":[],"quarantine":{"records":[],"mended":[],"hasUnkeyed":false}}',
    },
  }),
);

it.each(["searched for", "named by the address"])(
  "shows the numbers of a row that is %s as they are",
  async (how) => {
    const isSearched = how === "searched for";
    draw(<PassportTab dataset={DATASET} />, isSearched ? "/" : `/?key=${HASH}`);
    if (isSearched) {
      fireEvent.change(screen.getByLabelText(/^id/), { target: { value: "9007199254740993" } });
      fireEvent.click(screen.getByRole("button", { name: "Find the row" }));
    }
    expect((await screen.findAllByText("9007199254740993")).length).toBeGreaterThan(0);
    expect(screen.queryByText("No value differs.")).toBeNull();
    expect(screen.getByText("9007199254740992")).toBeTruthy();
  },
);

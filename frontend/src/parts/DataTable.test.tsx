// @vitest-environment jsdom
import { answer, askedAt } from "@/fixtures/atlas";
import { draw } from "@/fixtures/drawn";

import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";

import { answered, api } from "@/api/client";
import { usePaged } from "@/api/paging";

import { DataTable } from "./DataTable";
import { Loaded } from "./Loaded";

function Datasets() {
  const found = usePaged(["datasets"], (query) =>
    answered(api.GET("/v1/datasets", { params: { query } })),
  );
  return (
    <Loaded query={found}>
      {() => <DataTable label="Datasets" rows={found.rows} columns={[]} more={found.more} />}
    </Loaded>
  );
}

it("asks for a page that was refused again only when somebody says so", async () => {
  let isRefused = true;
  answer({
    "GET /v1/datasets": ({ path }) => {
      if (!path.includes("offset=1"))
        return { value: { data: [{}], next: "/v1/datasets?offset=1" } };
      if (isRefused) return { status: 429, value: { title: "Too many requests" } };
      return { value: { data: [{}], next: "" } };
    },
  });
  draw(<Datasets />);
  const again = await screen.findByRole("button", { name: "Read on" });
  await new Promise((resume) => setTimeout(resume, 100));

  expect(askedAt("GET", "/v1/datasets")).toHaveLength(2);
  expect(screen.getByText("Too many requests")).toBeTruthy();

  isRefused = false;
  fireEvent.click(again);
  await waitFor(() => expect(screen.queryByText("Too many requests")).toBeNull());
  expect(askedAt("GET", "/v1/datasets")).toHaveLength(3);
  expect(screen.queryByRole("button", { name: "Read on" })).toBeNull();
});

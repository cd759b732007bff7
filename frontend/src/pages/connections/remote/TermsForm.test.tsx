// @vitest-environment jsdom
import { draw } from "@/fixtures/drawn";

import { fireEvent, screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { TermsForm } from "./TermsForm";

const VALUE = {
  policy: {
    history: 5,
    freshness: [],
    allowUnverified: true,
    retryUnverified: false,
    whenRunning: "attach",
    cancelOnDeadline: true,
    maxRetries: 3,
  },
} as unknown as Parameters<typeof TermsForm>[0]["kept"]["value"];

it("holds the number of retries that is there where nobody says another", () => {
  draw(<TermsForm connectionId="c" kept={{ value: VALUE, tag: '"1.x"' }} mayChange />);
  const retries = screen.getByLabelText<HTMLInputElement>(
    "Jobs that are begun after one that failed",
  );
  fireEvent.focus(retries);
  fireEvent.blur(retries);

  expect(retries.value).toBe("3");
  expect(screen.getByRole("button", { name: "Keep these terms" })).toHaveProperty("disabled", true);
});

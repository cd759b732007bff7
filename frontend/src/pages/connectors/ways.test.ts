import { expect, it } from "vitest";

import { type Connector, isReady, stateOf } from "./ways";

const connector = (more: Partial<Connector>) =>
  ({ runs: { by: "python", isRunnable: true }, ...more }) as Connector;

it("says how far a connector is here", () => {
  expect(stateOf(connector({}))).toBe("runnable");
  expect(stateOf(connector({ runs: { by: "docker", isRunnable: false } }))).toBe("not");
  const installation = { status: "running" } as Connector["installation"];
  expect(stateOf(connector({ installation }))).toBe("installing");
});

it("has what comes with Atlas as installed, and ready", () => {
  const builtIn = connector({ runs: { by: "built_in", isRunnable: true } });
  expect(stateOf(builtIn)).toBe("installed");
  expect(isReady(builtIn)).toBe(true);
});

it("has a mock ready without an installation, and a package only with one", () => {
  expect(isReady(connector({}))).toBe(false);
  expect(isReady(connector({ runs: { by: "mock", isRunnable: true } }))).toBe(true);
  const installed = { version: "1", python: "3.11", sha256: "a" };
  expect(isReady(connector({ installed }))).toBe(true);
});

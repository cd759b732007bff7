import type { Schemas } from "@/api/client";

export type Way = Schemas["Way"];
export type Connector = Schemas["ConnectorView"];

/** How a connector is run, in words. */
export const WAYS: Record<Way, string> = {
  built_in: "program of Atlas",
  python: "Python package",
  manifest: "bare manifest",
  docker: "Docker image",
  mock: "mock",
};

/** A connector's state on this machine, the furthest first. */
export function stateOf(connector: Connector): "installed" | "installing" | "runnable" | "not" {
  if (connector.installed || connector.runs.by === "built_in") return "installed";
  const wish = connector.installation?.status;
  if (wish === "pending" || wish === "running") return "installing";
  return connector.runs.isRunnable ? "runnable" : "not";
}

/** What a connection can be made with at once. The mock, and what comes with Atlas, have nothing to install. */
export function isReady(connector: Connector): boolean {
  const { by, isRunnable } = connector.runs;
  return isRunnable && (by === "mock" || by === "built_in" || Boolean(connector.installed));
}

import type { Schemas } from "@/api/client";

export type Way = Schemas["Way"];
export type Connector = Schemas["ConnectorView"];

/** How a connector is run, in words. */
export const WAYS: Record<Way, string> = {
  python: "Python package",
  manifest: "bare manifest",
  docker: "Docker image",
  mock: "mock",
};

/** A connector's state on this machine, the furthest first. */
export function stateOf(connector: Connector): "installed" | "installing" | "runnable" | "not" {
  if (connector.installed) return "installed";
  const wish = connector.installation?.status;
  if (wish === "pending" || wish === "running") return "installing";
  return connector.runs.isRunnable ? "runnable" : "not";
}

/** What a connection can be made with at once. The mock has nothing to install. */
export function isReady(connector: Connector): boolean {
  return (
    connector.runs.isRunnable && (connector.runs.by === "mock" || Boolean(connector.installed))
  );
}

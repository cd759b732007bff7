/** A transformation as a form has it, and the bodies by which the API makes or changes one. */
import type { Schemas } from "@/api/client";
import { objectProblem } from "@/parts/jsonText";

type Transformation = Schemas["TransformationView"];
type Json = Record<string, unknown>;

export interface Draft {
  name: string;
  project: string;
  target: string;
  select: string[];
  exclude: string[];
  /** JSON text, as somebody types it. */
  vars: string;
  environment: string;
  afterConnectionId: string | null;
  blocksOnFailedTests: boolean;
  makesDocs: boolean;
  timeoutS: number;
  retries: number;
}

export const NOTHING: Draft = {
  name: "",
  project: "",
  target: "",
  select: [],
  exclude: [],
  vars: "",
  environment: "",
  afterConnectionId: null,
  blocksOnFailedTests: true,
  makesDocs: false,
  timeoutS: 3_600,
  retries: 0,
};

const HIDDEN = "**********";

const text = (value: Json): string =>
  Object.keys(value).length ? JSON.stringify(value, undefined, 2) : "";
const parsed = (typed: string): Json => (typed.trim() ? (JSON.parse(typed) as Json) : {});

export function draftOf(value: Transformation): Draft {
  return {
    name: value.name,
    project: value.project,
    target: value.target ?? "",
    select: value.select,
    exclude: value.exclude,
    vars: text(value.vars),
    environment: text(value.environment),
    afterConnectionId: value.afterConnectionId ?? null,
    blocksOnFailedTests: value.blocksOnFailedTests,
    makesDocs: value.makesDocs,
    timeoutS: value.timeoutS,
    retries: value.retries,
  };
}

/** What is missing, or is not JSON: until it is mended nothing can be sent. */
export function problemsOf(draft: Draft): Partial<Record<keyof Draft, string>> {
  const problems: Partial<Record<keyof Draft, string>> = {};
  if (!draft.name.trim()) problems.name = "It needs a name.";
  if (!draft.project.trim()) problems.project = "It needs a project.";
  for (const name of ["vars", "environment"] as const) {
    const problem = draft[name].trim() ? objectProblem(draft[name]) : undefined;
    if (problem) problems[name] = problem;
  }
  return problems;
}

const common = (draft: Draft) => ({
  name: draft.name.trim(),
  project: draft.project.trim(),
  select: draft.select,
  exclude: draft.exclude,
  vars: parsed(draft.vars),
  blocksOnFailedTests: draft.blocksOnFailedTests,
  makesDocs: draft.makesDocs,
  timeoutS: draft.timeoutS,
  retries: draft.retries,
});

/** Shape: of a draft without problems. */
export function creationOf(draft: Draft, workspaceId: string): Schemas["TransformationCreate"] {
  return {
    ...common(draft),
    workspaceId,
    environment: parsed(draft.environment),
    ...(draft.target.trim() ? { target: draft.target.trim() } : {}),
    ...(draft.afterConnectionId ? { afterConnectionId: draft.afterConnectionId } : {}),
  };
}

/** Shape: of the environment only what differs, so that no hidden value is sent back; null takes a variable away. */
export function changeOf(draft: Draft, before: Transformation): Schemas["TransformationPatch"] {
  const now = parsed(draft.environment);
  const was: Json = before.environment;
  const changed = Object.fromEntries(
    Object.entries(now).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name]),
    ),
  );
  const gone = Object.fromEntries(
    Object.keys(was)
      .filter((name) => !(name in now))
      .map((name) => [name, null]),
  );
  const environment = { ...changed, ...gone };
  return {
    ...common(draft),
    target: draft.target.trim() || null,
    afterConnectionId: draft.afterConnectionId,
    ...(Object.keys(environment).length ? { environment } : {}),
  };
}

/** A body as it may be shown: what a variable is set to is not. */
export function shownOf<T extends { environment?: Json | null }>(body: T): T {
  if (!body.environment) return body;
  const environment = Object.fromEntries(
    Object.entries(body.environment).map(([name, value]) => [
      name,
      typeof value === "string" ? HIDDEN : value,
    ]),
  );
  return { ...body, environment };
}

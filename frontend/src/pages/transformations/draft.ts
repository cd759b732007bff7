/** A transformation as a form has it, and the bodies by which the API makes or changes one: each member of them is JSON,
 * so that what is typed as JSON goes as it was typed. */
import type { Schemas } from "@/api/client";
import { indented, itemsOf, membersOf, objectProblem, objectText } from "@/parts/jsonText";

/** As the API has written it. Shape: variables and environment as JSON. */
export type Written = Omit<Schemas["TransformationView"], "vars" | "environment"> & {
  vars: string;
  environment: string;
};

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

export function writtenIn(answer: string): Written {
  const members = membersOf(answer);
  return {
    ...(JSON.parse(answer) as Schemas["TransformationView"]),
    vars: members.get("vars") ?? "{}",
    environment: members.get("environment") ?? "{}",
  };
}

const text = (json: string): string => (itemsOf(json).length ? indented(json) : "");
const typed = (said: string): string => said.trim() || "{}";

export function draftOf(value: Written): Draft {
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
  name: JSON.stringify(draft.name.trim()),
  project: JSON.stringify(draft.project.trim()),
  select: JSON.stringify(draft.select),
  exclude: JSON.stringify(draft.exclude),
  vars: typed(draft.vars),
  blocksOnFailedTests: JSON.stringify(draft.blocksOnFailedTests),
  makesDocs: JSON.stringify(draft.makesDocs),
  timeoutS: JSON.stringify(draft.timeoutS),
  retries: JSON.stringify(draft.retries),
});

/** Shape: of a draft without problems. */
export function creationOf(draft: Draft, workspaceId: string) {
  const { afterConnectionId } = draft;
  return {
    ...common(draft),
    workspaceId: JSON.stringify(workspaceId),
    environment: typed(draft.environment),
    ...(draft.target.trim() ? { target: JSON.stringify(draft.target.trim()) } : {}),
    ...(afterConnectionId ? { afterConnectionId: JSON.stringify(afterConnectionId) } : {}),
  };
}

/** Shape: of the environment only what differs, so that no hidden value is sent back; null takes a variable away. */
export function changeOf(draft: Draft, before: Written) {
  const now = membersOf(typed(draft.environment));
  const was = membersOf(before.environment);
  const differs = ([name, json]: [string, string]) =>
    indented(json) !== indented(was.get(name) ?? "");
  const gone = [...was.keys()].filter((name) => !now.has(name));
  const environment = [
    ...[...now].filter(differs),
    ...gone.map((name): [string, string] => [name, "null"]),
  ];
  return {
    ...common(draft),
    target: JSON.stringify(draft.target.trim() || null),
    afterConnectionId: JSON.stringify(draft.afterConnectionId),
    ...(environment.length ? { environment: objectText(environment) } : {}),
  };
}

/** A body as it may be shown: what a variable is set to is not. */
export function shownOf<T extends { environment?: string }>(body: T): T {
  if (body.environment === undefined) return body;
  const hidden = [...membersOf(body.environment)].map(([name, json]): [string, string] => [
    name,
    json.startsWith('"') ? JSON.stringify(HIDDEN) : json,
  ]);
  return { ...body, environment: objectText(hidden) };
}

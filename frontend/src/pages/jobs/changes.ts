/** What is different of a connection, its source and its connector since a job of it went well. */
import { answered, api, type Schemas } from "@/api/client";
import { spoken } from "@/parts/words";

import { lastGoodOf, type Span, within } from "./since";

type Job = Schemas["JobView"];

export interface Change {
  at: string;
  what: string;
  to: string;
}

export interface Difference {
  good: Job;
  changes: Change[];
  /** True where a list was too long to be read back to the job that went well. */
  isCut: boolean;
}

/** The newest sync or refresh that went well before this job; none if there is none. */
export async function goodBefore(job: Job): Promise<Job | undefined> {
  const { connectionId } = job;
  const pages = await Promise.all(
    (["sync", "refresh"] as const).map((jobType) =>
      answered(
        api.GET("/v1/jobs", {
          params: {
            query: {
              connectionId,
              jobType,
              status: "succeeded",
              orderBy: "createdAt|DESC",
              createdAtEnd: job.startTime,
              limit: 10,
            },
          },
        }),
      ),
    ),
  );
  return lastGoodOf(pages.flatMap(({ data }) => data.filter((one) => one.jobId < job.jobId)));
}

/** All that the API tells of, the newest first. */
export async function differences(job: Job, good: Job): Promise<Difference> {
  const { connectionId } = job;
  const own = `/connections/${connectionId}`;
  const span: Span = {
    after: good.atlas.endedAt ?? good.startTime,
    until: job.atlas.endedAt ?? new Date().toISOString(),
  };
  const path = { connectionId };
  const [schema, states, tables, edits] = await Promise.all([
    within(
      (query) =>
        answered(
          api.GET("/v1/connections/{connectionId}/schema-changes", { params: { path, query } }),
        ),
      (one) => one.foundAt,
      span,
    ),
    within(
      (window) =>
        answered(
          api.GET("/v1/connections/{connectionId}/state/versions", {
            params: { path, query: { acts: true, ...window } },
          }),
        ),
      (one) => one.savedAt,
      span,
    ),
    within(
      (query) =>
        answered(
          api.GET("/v1/connections/{connectionId}/tables/acts", { params: { path, query } }),
        ),
      (one) => one.doneAt,
      span,
    ),
    within(
      (query) =>
        answered(
          api.GET("/v1/connections/{connectionId}/settings-acts", { params: { path, query } }),
        ),
      (one) => one.doneAt,
      span,
    ),
  ]);
  const changes: Change[] = [
    ...schema.found.map((change) => ({
      at: change.foundAt,
      what: `the schema of ${change.stream} changed${change.breaking ? ", in a way that breaks" : ""}`,
      to: `${own}/schema`,
    })),
    ...states.found.map((version) => ({
      at: version.savedAt,
      what: `the state was ${spoken(version.act ?? "set")} by ${version.askedBy ?? "somebody"}`,
      to: `${own}/state`,
    })),
    ...tables.found.map((act) => ({
      at: act.doneAt,
      what: `tables of ${act.stream}: ${spoken(act.act)}`,
      to: `${own}/timeline`,
    })),
    // tables that were renamed are told of with all that was done to tables
    ...edits.found
      .filter((edit) => edit.action !== "renameTables")
      .map((edit) => ({
        at: edit.doneAt,
        what: `the ${edit.of} was changed by ${edit.doneBy}: ${edit.action}`,
        to: `${own}/settings`,
      })),
    ...connectorOf(job, good, own),
  ];
  return {
    good,
    changes: changes.toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at)),
    isCut: [schema, states, tables, edits].some((list) => list.isCut),
  };
}

function connectorOf(job: Job, good: Job, own: string): Change[] {
  const [before, after] = [good.atlas.connectorVersion, job.atlas.connectorVersion];
  if (!before || !after || before === after) return [];
  const at = job.atlas.startedAt ?? job.startTime;
  return [{ at, what: `the connector is ${after}; it was ${before}`, to: `${own}/settings` }];
}

/** All that happened to a connection, from the lists that the API has of it, in one by time. */
import type { Schemas } from "@/api/client";
import { listPath } from "@/parts/datasets";
import { count, many, size, spoken } from "@/parts/words";

export const KINDS = [
  "job",
  "incident",
  "schedule",
  "settings",
  "schema",
  "state",
  "tables",
  "retention",
  "personal data",
  "waiver",
  "notification",
] as const;
export type Kind = (typeof KINDS)[number];

export interface Happening {
  id: string;
  kind: Kind;
  at: string;
  title: string;
  detail?: string;
  by?: string;
  status?: string;
  to: string;
}

type S = Schemas;

export const of = {
  job: (job: S["JobView"]): Happening => ({
    id: `job-${job.jobId}`,
    kind: "job",
    at: job.startTime,
    title: `${capital(spoken(job.jobType))}, job ${job.jobId}`,
    detail: [
      job.rowsSynced == null ? "" : many(job.rowsSynced, "record"),
      job.bytesSynced == null ? "" : size(job.bytesSynced),
      job.atlas.failure?.detail ?? job.atlas.failure?.title ?? "",
      job.atlas.balanced === false ? "its books do not balance" : "",
    ]
      .filter(Boolean)
      .join(", "),
    status: job.status,
    to: `/jobs/${job.jobId}`,
  }),

  schedule: (own: string, event: S["ScheduleEventView"]): Happening => ({
    id: `schedule-${event.eventId}`,
    kind: "schedule",
    at: event.at,
    title: `A window of the schedule was ${spoken(event.outcome)}`,
    detail: [
      event.reason && spoken(event.reason),
      event.missed > 0 && `stands for ${many(event.missed, "missed window")}`,
    ]
      .filter(Boolean)
      .join(", "),
    to: event.jobId ? `/jobs/${event.jobId}` : `${own}/schedule`,
  }),

  /** When it began, and when it was over. */
  incident: (own: string, incident: S["IncidentView"]): Happening[] => {
    const { kind, reason, since, until, stream, count: times, jobId, mendedBy } = incident;
    const what = `${kind}${stream ? `, ${stream}` : ""}: ${spoken(reason)}`;
    const began: Happening = {
      id: `incident-${kind}-${reason}-${stream ?? ""}-${since}`,
      kind: "incident",
      at: since,
      title: `It was ${what}`,
      detail: `${incident.detail}${times > 1 ? ` ${count(times)} times.` : ""}${until ? "" : " It lasts."}`,
      status: kind,
      to: jobId ? `/jobs/${jobId}` : reason === "personal_data" ? personalPath(own, stream) : own,
    };
    if (!until) return [began];
    const over: Happening = {
      id: `${began.id}-over`,
      kind: "incident",
      at: until,
      title: `It is no longer ${what}`,
      to: mendedBy ? `/jobs/${mendedBy}` : began.to,
    };
    return [began, over];
  },

  settings: (own: string, act: S["SettingsActView"]): Happening => ({
    id: `settings-${act.actId}`,
    kind: "settings",
    at: act.doneAt,
    title: `Settings of the ${act.of} were changed`,
    detail: [capital(words(act.action)), act.fields.join(", ")].filter(Boolean).join(": "),
    by: act.doneBy,
    to: act.action === "setSchedule" ? `${own}/schedule` : `${own}/settings`,
  }),

  schema: (own: string, change: S["SchemaChangeView"]): Happening[] => {
    const what = `${change.breaking ? "breaking, " : ""}${many(change.changes.length, "change")}`;
    const found: Happening = {
      id: `schema-${change.changeId}`,
      kind: "schema",
      at: change.foundAt,
      title: `The schema of ${change.stream} changed`,
      detail: what,
      status: change.status === "pending" ? "waiting" : change.status,
      to: `${own}/schema`,
    };
    if (!change.decidedAt) return [found];
    const decided: Happening = {
      ...found,
      id: `${found.id}-decided`,
      at: change.decidedAt,
      title: `The new schema of ${change.stream} was ${change.status}`,
    };
    return [found, decided];
  },

  state: (own: string, version: S["StateVersionView"]): Happening => ({
    id: `state-${version.version}`,
    kind: "state",
    at: version.savedAt,
    title: `The state ${version.stream ? `of ${version.stream} ` : ""}was ${
      version.act ? spoken(version.act) : version.isCleared ? "cleared" : "set"
    }`,
    ...(version.reason ? { detail: version.reason } : {}),
    ...(version.askedBy ? { by: version.askedBy } : {}),
    to: `${own}/state`,
  }),

  tables: (own: string, act: S["TableActView"]): Happening => ({
    id: `tables-${act.actId}`,
    kind: "tables",
    at: act.doneAt,
    title: `Tables of ${act.stream} were ${spoken(act.act)}`,
    to: `${own}/streams`,
  }),

  retention: (own: string, act: S["RetentionActView"]): Happening => ({
    id: `retention-${act.actId}`,
    kind: "retention",
    at: act.removedAt,
    title: `${many(act.records, "record")} of ${act.stream} went out of explore`,
    detail: `${count(act.batches)} batches, ${size(act.bytes)}, by ${spoken(act.how)}`,
    by: act.askedBy,
    to: `${own}/streams`,
  }),

  personal: (decision: S["ListedView"]): Happening[] => {
    const { path, verdict, action, decidedAt, actor, reason } = decision.decision;
    if (!decidedAt) return [];
    return [
      {
        id: `personal-${decision.stream}-${path.join(".")}`,
        kind: "personal data",
        at: decidedAt,
        title: `${decision.stream}.${path.join(".")} is ${spoken(verdict)}: ${spoken(action)}`,
        ...(reason ? { detail: reason } : {}),
        ...(actor ? { by: actor } : {}),
        to: `/personal-data?connectionId=${decision.connectionId}&stream=${encodeURIComponent(decision.stream)}`,
      },
    ];
  },

  waiver: (own: string, waiver: S["WaiverView"]): Happening => ({
    id: `waiver-${waiver.stream}-${waiver.rule}`,
    kind: "waiver",
    at: waiver.waivedAt,
    title: `${waiver.stream} need not keep the rule ${waiver.rule}`,
    by: waiver.waivedBy,
    to: `${own}/settings`,
  }),

  notification: (own: string, notice: S["NotificationView"]): Happening => ({
    id: `notification-${notice.notificationId}`,
    kind: "notification",
    at: notice.endedAt ?? notice.createdAt,
    title: `Somebody is told of: ${spoken(notice.occasion)}`,
    ...(notice.lastFailure ? { detail: notice.lastFailure } : {}),
    status: notice.status,
    to: `${own}/settings`,
  }),
};

/** A list as far as it was read. Shape: `until` is the instant of its last entry where it goes on; none
 * where it is read to its end, or is not in order of time. */
export interface Part {
  happenings: Happening[];
  until?: string | undefined;
}

/** One list, the newest first. Shape: nothing older than where any part was left off, for what lies
 * beyond it would look as if it were not there. */
export function inOrder(parts: Part[]): Happening[] {
  const horizon = Math.max(
    Number.NEGATIVE_INFINITY,
    ...parts.flatMap(({ until }) => (until ? [Date.parse(until)] : [])),
  );
  return parts
    .flatMap((part) => part.happenings)
    .filter((one) => Date.parse(one.at) >= horizon)
    .sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
}

const personalPath = (own: string, stream: string | undefined): string =>
  listPath("/personal-data", { connectionId: own.split("/").at(-1), stream });

/** An operation's id as words: "patchSource" is "patch source". */
const words = (operation: string): string =>
  operation.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

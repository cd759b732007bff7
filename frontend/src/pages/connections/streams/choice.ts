/** Which streams of a source a connection reads, and how. */
import type { Schemas } from "@/api/client";

type Offered = Schemas["StreamProperties"];
type Column = Pick<Schemas["TableColumnView"], "stream" | "namespace" | "field">;
export type SyncMode = Schemas["SyncMode"];
export type Nested = Schemas["Nested"];

export interface StreamChoice {
  name: string;
  namespace: string | null;
  isChosen: boolean;
  syncMode: SyncMode;
  cursor: string[];
  key: string[][];
  nested: Nested;
  /** True once objects or arrays have columns or tables: these stay. */
  isLaidOut: boolean;
  /** The fields of its records that are known, in the source's order. */
  fields: string[];
  leftOut: string[];
  /** True once some were left out: then all of them are asked for by name, as none. */
  hasSelected: boolean;
  checkCols: string[];
  /** What the source says of it: none where it is not offered any more. */
  offered: Offered | undefined;
}

export const MODES: Record<SyncMode, string> = {
  incremental_deduped_history: "only what is new; one row a key, with history",
  incremental_append: "only what is new; added",
  full_refresh_overwrite_deduped: "all of it; one row a key, with history",
  full_refresh_overwrite: "all of it; in the place of what was",
  full_refresh_append: "all of it; added",
};

export const NESTED: Record<Nested, string> = {
  json: "stay JSON",
  flatten: "their fields are columns too",
  child_tables: "items of arrays are rows of tables of their own",
};

export const idOf = (stream: { name: string; namespace?: string | null }): string =>
  JSON.stringify([stream.namespace ?? null, stream.name]);

export const pathText = (path: string[]): string => path.join(".");

export const readsOn = (mode: SyncMode): boolean => mode.startsWith("incremental");
export const needsKey = (mode: SyncMode): boolean => mode.includes("deduped");

/** A source's own defaults: read on where it can be, with history where it has a key. */
export function defaultOf(offered: Offered): StreamChoice {
  const key = offered.sourceDefinedPrimaryKey;
  const wanted: SyncMode = key.length > 0 ? "incremental_deduped_history" : "incremental_append";
  const canReadOn = offered.syncModes.includes(wanted);
  return {
    name: offered.streamName,
    namespace: offered.streamnamespace ?? null,
    isChosen: true,
    syncMode: canReadOn ? wanted : "full_refresh_overwrite",
    cursor: offered.defaultCursorField,
    key,
    nested: "json",
    isLaidOut: false,
    fields: fieldsOf(offered),
    leftOut: [],
    hasSelected: false,
    checkCols: [],
    offered,
  };
}

const fieldsOf = (offered: Offered | undefined): string[] =>
  (offered?.propertyFields ?? []).flatMap((path) => (path.length === 1 ? path : []));

/** What a connection reads beside what its source offers: first its own, then what it could read. */
export function choicesOf(
  connected: Schemas["StreamView"][],
  offered: Offered[],
  columns: Column[],
): StreamChoice[] {
  const byId = new Map(offered.map((one) => [idOf(nameOf(one)), one]));
  const own = connected.map((stream): StreamChoice => {
    const counting = stream.atlas;
    const mine = columns.filter((one) => idOf(nameIn(one)) === idOf(stream));
    const offer = byId.get(idOf(stream));
    return {
      name: stream.name,
      namespace: stream.namespace ?? null,
      isChosen: true,
      syncMode: counting.syncMode ?? stream.syncMode,
      cursor: counting.cursorField ?? stream.cursorField ?? [],
      key: counting.primaryKey ?? stream.primaryKey ?? [],
      nested: counting.nested,
      isLaidOut: counting.nested !== "json",
      fields: [
        ...new Set([...fieldsOf(offer), ...mine.map((one) => one.field), ...counting.leftOut]),
      ],
      leftOut: counting.leftOut,
      hasSelected: counting.leftOut.length > 0,
      checkCols: counting.checkCols,
      offered: offer,
    };
  });
  const known = new Set(own.map(idOf));
  const others = offered
    .map(defaultOf)
    .filter((choice) => !known.has(idOf(choice)))
    .map((choice) => ({ ...choice, isChosen: false }));
  return [...own, ...others];
}

const nameIn = (column: Column) => ({ name: column.stream, namespace: column.namespace });

const nameOf = (one: Offered) => ({
  name: one.streamName,
  namespace: one.streamnamespace ?? null,
});

/** Shape: a cursor and a key only where the source does not define its own. */
export function configurationsOf(choices: StreamChoice[]): Schemas["StreamConfigurations"] {
  return {
    streams: choices
      .filter((choice) => choice.isChosen)
      .map((choice) => ({
        name: choice.name,
        ...(choice.namespace === null ? {} : { namespace: choice.namespace }),
        syncMode: choice.syncMode,
        ...(readsOn(choice.syncMode) && !choice.offered?.sourceDefinedCursorField
          ? { cursorField: choice.cursor }
          : {}),
        ...(choice.offered && choice.offered.sourceDefinedPrimaryKey.length > 0
          ? {}
          : { primaryKey: choice.key }),
        ...selectionOf(choice),
        ...(choice.nested === "json" ? {} : { atlas: { nested: choice.nested } }),
      })),
  };
}

/** Shape: nothing where none was ever left out; an empty list asks for all again. */
function selectionOf({ fields, leftOut, hasSelected }: StreamChoice) {
  if (leftOut.length === 0) return hasSelected ? { selectedFields: [] } : {};
  const selected = fields.filter((field) => !leftOut.includes(field));
  return { selectedFields: selected.map((field) => ({ fieldPath: [field] })) };
}

/** The fields that rows are told apart, ordered or checked by: they are read in any case. */
export const neededOf = ({ key, cursor, checkCols }: StreamChoice): Set<string> =>
  new Set([...key.flatMap((path) => path.slice(0, 1)), ...cursor.slice(0, 1), ...checkCols]);

/** What a stream lacks for the mode that was chosen. */
export function lackOf(choice: StreamChoice): string | undefined {
  if (!choice.isChosen) return undefined;
  if (needsKey(choice.syncMode) && choice.key.length === 0) return "needs a primary key";
  const ownCursor = choice.offered?.sourceDefinedCursorField ?? false;
  if (readsOn(choice.syncMode) && !ownCursor && choice.cursor.length === 0) return "needs a cursor";
  const lacking = [...neededOf(choice)].filter((field) => choice.leftOut.includes(field));
  if (lacking.length > 0) return `needs the fields ${lacking.join(", ")}`;
  return undefined;
}

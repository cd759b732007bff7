/** The lines of a job's log, as a text, to their end, and as they come. */
import { useEffect, useState } from "react";

import { answered, api, type Schemas } from "@/api/client";

export type Line = Schemas["LineView"];
type Page = Pick<Schemas["LogPage"], "data" | "next">;
export type FetchLines = (window: { limit: number; offset: number }) => Promise<Page>;

export interface LogQuery {
  attempt?: number;
  level?: string;
  text?: string;
}

const PAGE = 100;
const AGAIN_MS = 2_000;

export const linesOf =
  (jobId: number, query: LogQuery): FetchLines =>
  (window) =>
    answered<Schemas["LogPage"]>(
      api.GET("/v1/jobs/{jobId}/logs", {
        params: { path: { jobId }, query: { ...query, ...window } },
      }),
    );

/** All lines from `offset` on, page by page. Shape: `onPage` gets each page; it ends where there is no more. */
export async function readOn(
  fetchLines: FetchLines,
  offset: number,
  onPage: (lines: Line[]) => void,
  leaving?: AbortSignal,
): Promise<void> {
  let at = offset;
  while (!leaving?.aborted) {
    const page = await fetchLines({ limit: PAGE, offset: at });
    if (leaving?.aborted) return;
    at += page.data.length;
    onPage(page.data);
    if (!page.next || page.data.length === 0) return;
  }
}

export function textOf(lines: Line[]): string {
  return lines
    .map(
      (line) =>
        `${line.at} ${line.level} ${line.speaker} ${line.message}${line.facts ? ` ${JSON.stringify(line.facts)}` : ""}`,
    )
    .join("\n");
}

/** A log that is followed: all that it has, and what is added every two seconds. Lines are only ever added. */
export function useTail(jobId: number, query: LogQuery, isOn: boolean) {
  const [rows, setRows] = useState<Line[]>();
  const [error, setError] = useState<Error | null>(null);
  const { attempt, level, text } = query;
  useEffect(() => {
    if (!isOn) return;
    const leaving = new AbortController();
    const fetchLines = linesOf(jobId, {
      ...(attempt === undefined ? {} : { attempt }),
      ...(level === undefined ? {} : { level }),
      ...(text === undefined ? {} : { text }),
    });
    const all: Line[] = [];
    const follow = async () => {
      while (!leaving.signal.aborted) {
        try {
          await readOn(fetchLines, all.length, (lines) => all.push(...lines), leaving.signal);
          if (leaving.signal.aborted) return;
          setRows([...all]);
          setError(null);
        } catch (problem) {
          setError(problem as Error);
        }
        await new Promise((resume) => setTimeout(resume, AGAIN_MS));
      }
    };
    setRows(undefined);
    void follow();
    return () => leaving.abort();
  }, [jobId, attempt, level, text, isOn]);
  return { rows: rows ?? [], data: rows, error };
}

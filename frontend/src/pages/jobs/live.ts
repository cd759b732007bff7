import { EventSourceParserStream } from "eventsource-parser/stream";
import { useEffect, useRef } from "react";

import { queries } from "@/api/client";

const AGAIN_MS = 2_000;
const TOGETHER_MS = 250;

/** Asks a job's page anew whenever its event stream says that something happened, until the job is over.
 *
 * A stream that breaks is taken up again from the last event seen: none is missed. */
export function useLiveJob(jobId: number, isOver: boolean): void {
  const last = useRef("0");
  useEffect(() => {
    if (isOver) return;
    const leaving = new AbortController();
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const ask = () => {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        void queries.invalidateQueries({ predicate: ({ queryKey }) => isOf(jobId, queryKey) });
      }, TOGETHER_MS);
    };
    void follow(jobId, last, ask, leaving.signal);
    // what lands between two events shows in the counts
    const counts = setInterval(ask, AGAIN_MS);
    return () => {
      leaving.abort();
      clearInterval(counts);
      clearTimeout(waiting);
    };
  }, [jobId, isOver]);
}

async function follow(
  jobId: number,
  last: { current: string },
  happened: () => void,
  leaving: AbortSignal,
): Promise<void> {
  while (!leaving.aborted) {
    try {
      const answer = await fetch(`/v1/jobs/${jobId}/events`, {
        headers: { Accept: "text/event-stream", "Last-Event-ID": last.current },
        signal: leaving,
      });
      if (!answer.ok || !answer.body) return; // the page's own requests say why
      const events = answer.body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      const reader = events.getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        last.current = read.value.id ?? last.current;
        happened();
        if (read.value.event === "end") return;
      }
    } catch {
      if (leaving.aborted) return;
    }
    await new Promise((resume) => setTimeout(resume, AGAIN_MS));
  }
}

/** True of a query about this job: its key has the path, and the job among the path's parameters. */
export function isOf(jobId: number, key: readonly unknown[]): boolean {
  const [, path, options] = key as [unknown, unknown, { params?: { path?: { jobId?: number } } }?];
  if (typeof path !== "string" || !path.startsWith("/v1/jobs/{jobId}"))
    return key[0] === "logs" && key[1] === jobId;
  return options?.params?.path?.jobId === jobId;
}

import { EventSourceParserStream } from "eventsource-parser/stream";
import { useEffect, useRef, useState } from "react";

import { queries } from "@/api/client";

const AGAIN_MS = 2_000;
const COUNTS_MS = 5_000;
const TOGETHER_MS = 250;
const LEAST_MS = 1_000;

/** Asks a job's page anew whenever its event stream says that something happened, until the job is over; true
 * while the stream is open.
 *
 * A stream that breaks is taken up again from the last event seen: none is missed. Only while there is none is
 * all of the page asked for every two seconds. */
export function useLiveJob(jobId: number, isOver: boolean): boolean {
  const last = useRef("0");
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (isOver) return;
    const leaving = new AbortController();
    const { ask, stop } = together(
      () => void queries.invalidateQueries({ predicate: ({ queryKey }) => isOf(jobId, queryKey) }),
    );
    void follow(jobId, last, ask, setOpen, leaving.signal);
    return () => {
      leaving.abort();
      stop();
      setOpen(false);
    };
  }, [jobId, isOver]);
  useEffect(() => {
    if (isOver) return;
    // what lands between two events is told by none: of an open stream only the job itself is asked for
    const predicate = ({ queryKey }: { queryKey: readonly unknown[] }) =>
      isOf(jobId, queryKey) && (!isOpen || queryKey[1] === "/v1/jobs/{jobId}");
    const polling = setInterval(
      () => void queries.invalidateQueries({ predicate }),
      isOpen ? COUNTS_MS : AGAIN_MS,
    );
    return () => clearInterval(polling);
  }, [jobId, isOver, isOpen]);
  return isOpen;
}

/** Does it soon after it was asked for, once for all that ask until then, and not more than once a second. */
export function together(act: () => void): { ask: () => void; stop: () => void } {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let done = 0;
  return {
    ask: () => {
      waiting ??= setTimeout(
        () => {
          waiting = undefined;
          done = Date.now();
          act();
        },
        Math.max(TOGETHER_MS, done + LEAST_MS - Date.now()),
      );
    },
    stop: () => clearTimeout(waiting),
  };
}

async function follow(
  jobId: number,
  last: { current: string },
  happened: () => void,
  setOpen: (isOpen: boolean) => void,
  leaving: AbortSignal,
): Promise<void> {
  while (!leaving.aborted) {
    try {
      const answer = await fetch(`/v1/jobs/${jobId}/events`, {
        headers: { Accept: "text/event-stream", "Last-Event-ID": last.current },
        signal: leaving,
      });
      if (answer.ok && answer.body) {
        const events = answer.body
          .pipeThrough(new TextDecoderStream())
          .pipeThrough(new EventSourceParserStream());
        const reader = events.getReader();
        setOpen(true);
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          last.current = read.value.id ?? last.current;
          happened();
          if (read.value.event === "end") return;
        }
      } else if (answer.status < 500 && answer.status !== 429) return; // the page's own requests say why
    } catch {
      if (leaving.aborted) return;
    } finally {
      if (!leaving.aborted) setOpen(false);
    }
    await new Promise((resume) => setTimeout(resume, AGAIN_MS));
  }
}

/** True of a query about this job: its key has the path, and the job among the path's parameters. */
export function isOf(jobId: number, key: readonly unknown[]): boolean {
  const [, path, options] = key as [unknown, unknown, { params?: { path?: { jobId?: number } } }?];
  if (typeof path !== "string" || !path.startsWith("/v1/jobs/{jobId}"))
    return (key[0] === "logs" || key[0] === "job events") && key[1] === jobId;
  return options?.params?.path?.jobId === jobId;
}

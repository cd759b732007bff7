import { SimpleGrid } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { At } from "@/parts/At";
import { listPath } from "@/parts/datasets";
import { Figure } from "@/parts/Figure";
import { count, lasting, size, spoken } from "@/parts/words";

import { tookOf } from "./took";
import { useElapsed } from "./useElapsed";

type Job = Schemas["JobView"];

/** A job's figures; that of how long it runs goes on between two answers. Units: `answeredAt` milliseconds. */
export function JobFigures({ job, answeredAt }: { job: Job; answeredAt: number }) {
  const isRunning = job.status === "running";
  const seconds = tookOf(job, useElapsed(answeredAt, isRunning));
  const { rowsSynced: rows, bytesSynced: bytes } = job;
  const rate = rows && seconds ? rows / seconds : undefined;
  const isLocal = job.atlas.engine === "local";
  const landed = listPath(`/jobs/${job.jobId}`, { tab: "run" });
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 5 }}>
      <Figure
        label="Type"
        value={spoken(job.jobType)}
        note={
          job.atlas.mode &&
          `records are ${job.atlas.mode === "mock" ? "made up by the mock" : "real"}`
        }
        to={listPath("/jobs", { connectionId: job.connectionId, jobType: job.jobType })}
      />
      <Figure
        label={isRunning ? "Running for" : "Took"}
        value={seconds === undefined ? "–" : lasting(seconds)}
        note={
          <>
            {job.atlas.startedAt ? "started " : "asked for "}
            <At at={job.atlas.startedAt ?? job.startTime} exact />
          </>
        }
      />
      <Figure
        label={isLocal ? "Records landed" : "Records, as the remote says"}
        value={rows === undefined ? "–" : count(rows)}
        note={rate ? `${count(Math.round(rate))} a second` : undefined}
        {...(isLocal ? { to: `${landed}#ledger` } : {})}
      />
      <Figure
        label="Size"
        value={bytes === undefined ? "–" : size(bytes)}
        note={isLocal ? "as sent" : "as the remote says"}
      />
      {isLocal ? <Books job={job} to={`${landed}#ledger`} /> : <Verified job={job} />}
    </SimpleGrid>
  );
}

function Verified({ job }: { job: Job }) {
  const remote = job.atlas.remote;
  return (
    <Figure
      label="Verified"
      value={remote?.verification ?? "–"}
      note={remote?.reasons[0] ?? "by the connection's policy, at the end"}
      color={remote?.verification === "failed" ? "red" : undefined}
    />
  );
}

function Books({ job, to }: { job: Job; to: string }) {
  const { balanced, attempts, dueAt } = job.atlas;
  return (
    <Figure
      label="Books"
      value={balanced === undefined ? "–" : balanced ? "balance" : "do not balance"}
      note={
        attempts > 1 ? (
          `${attempts} attempts`
        ) : dueAt ? (
          <>
            next attempt <At at={dueAt} />
          </>
        ) : balanced === undefined ? (
          "nothing has been read"
        ) : (
          balanced && "each record is accounted for"
        )
      }
      color={balanced === false ? "red" : undefined}
      to={to}
    />
  );
}

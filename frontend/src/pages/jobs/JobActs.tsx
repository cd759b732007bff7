import { Stack, Text } from "@mantine/core";
import { useNavigate } from "react-router";

import type { Schemas } from "@/api/client";
import { act } from "@/api/request";
import { JobPreview } from "@/pages/connections/status/JobPreview";
import { Act } from "@/parts/Act";
import { useMayOn } from "@/parts/useMayOn";
import { spoken } from "@/parts/words";

import { againOf, isGrave } from "./again";
import { followsStill, isOver } from "./tree";

type Job = Schemas["JobView"];

/** What can be done with a job: end it, end what follows it, or ask for the same again. */
export function JobActs({ job, tree }: { job: Job; tree: Schemas["JobTreeView"] | undefined }) {
  const mayRun = useMayOn("operator", job.connectionId);
  if (!mayRun) return null;
  if (!isOver(job.status)) return <Cancel job={job} />;
  return (
    <>
      {tree && followsStill(tree) && <CancelFollowing jobId={job.jobId} />}
      <Again job={job} />
    </>
  );
}

function Cancel({ job }: { job: Job }) {
  return (
    <Act
      request={act("delete", "/v1/jobs/{jobId}", { path: { jobId: job.jobId } })}
      variant="default"
      done="The job is being cancelled"
      confirm={{
        title: `Cancel job ${job.jobId}?`,
        content: (
          <Text size="sm">
            What has landed stays in explore and is promoted by the next job; the source goes on
            from the last committed state.
            {job.atlas.engine === "airbyte_cloud" && " The remote's job is cancelled with it."}
          </Text>
        ),
        label: "Cancel the job",
      }}
    >
      Cancel
    </Act>
  );
}

/** The job itself is over: only the runs that follow it can be cancelled. */
function CancelFollowing({ jobId }: { jobId: number }) {
  return (
    <Act
      request={act("delete", "/v1/jobs/{jobId}", { path: { jobId } })}
      variant="default"
      done="What follows the job is being cancelled"
      confirm={{
        title: `Cancel what follows job ${jobId}?`,
        content: (
          <Text size="sm">
            The job has ended; the transformation runs that follow it and are not over are
            cancelled. What they have built stays.
          </Text>
        ),
        label: "Cancel what follows",
      }}
    >
      Cancel what follows
    </Act>
  );
}

/** A sync begins at once; what takes something away or makes it again says first what it would do. */
function Again({ job }: { job: Job }) {
  const navigate = useNavigate();
  const body = againOf(job);
  if (!body) return null;
  const name = `${capital(spoken(job.jobType))} again`;
  const grave = isGrave(body);
  return (
    <Act
      request={act("post", "/v1/jobs", { body })}
      done={(begun) => `Job ${begun.jobId} has begun`}
      onDone={(begun) => void navigate(`/jobs/${begun.jobId}`)}
      {...(job.jobType === "sync"
        ? {}
        : {
            variant: "default",
            confirm: {
              title: name,
              label: name,
              danger: grave,
              ...(grave ? { typeName: job.atlas.connection } : {}),
              content: (
                <Stack gap="sm">
                  <Text size="sm">
                    The same as job {job.jobId} was asked for{streamsOf(body)}.
                  </Text>
                  <JobPreview body={body} />
                </Stack>
              ),
            },
          })}
    >
      {name}
    </Act>
  );
}

function streamsOf({ atlas }: Schemas["JobCreate"]): string {
  const names = (atlas?.streams ?? []).map(({ name, namespace }) =>
    namespace ? `${namespace}.${name}` : name,
  );
  return names.length ? `, of ${names.join(", ")}` : ", of all streams";
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What of a job's run tree is not over. */
import type { Schemas } from "@/api/client";

type Tree = Schemas["JobTreeView"];

const isOpen = (status: Schemas["JobStatus"]): boolean =>
  status === "pending" || status === "running";

export const isOver = (status: Schemas["JobStatus"]): boolean => !isOpen(status);

/** True where nothing is left to wait for: the job is over, or it could never be read. One that was read is waited for,
 * whatever becomes of a later request. */
export const isSettled = (job: {
  data: { status: Schemas["JobStatus"] } | undefined;
  isError: boolean;
}): boolean => (job.data ? isOver(job.data.status) : job.isError);

/** True while anything of it may still change. */
export const isUnderWay = (tree: Tree): boolean => isOpen(tree.status) || followsStill(tree);

/** True while a run that followed the job is not over: cancelling the job cancels it. */
export const followsStill = (tree: Tree): boolean =>
  tree.transformationRuns.some(({ status }) => isOpen(status));

/** Where a number of a job's ledger leads: to the records it is made of, where there is a page of them. */
import type { Schemas } from "@/api/client";
import { datasetPath, listPath } from "@/parts/datasets";

type Job = Pick<Schemas["JobView"], "connectionId" | "jobId">;
type Books = Schemas["StreamBooks"];

/** Shape: what is in explore or chart is told by the layer, not by the job; what broke a rule by the job. */
export function placeOf(
  { connectionId, jobId }: Job,
  { name: stream, namespace }: Pick<Books, "name" | "namespace">,
  key: keyof Books,
): string | undefined {
  const dataset = { connectionId, stream, namespace };
  const kept = { ...dataset, jobId: String(jobId) };
  switch (key) {
    case "rejected":
      return listPath("/quarantine", { ...kept, boundary: "explore" });
    case "quarantined":
      return listPath("/quarantine", { ...kept, boundary: "chart" });
    case "read":
    case "explored":
      return datasetPath(dataset, "sample", { layer: "explore" });
    case "charted":
      return datasetPath(dataset, "sample");
    case "versions":
      return datasetPath(dataset, "history");
    case "held":
      return listPath("/quality", { ...kept, view: "checks", outcome: "fail" });
    default:
      return undefined;
  }
}

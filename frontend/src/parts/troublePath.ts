import type { Schemas } from "@/api/client";

import { listPath } from "./datasets";

/** The page on which a trouble is seen to. */
export function troublePath(connectionId: string, trouble: Schemas["TroubleView"]): string {
  const own = `/connections/${connectionId}`;
  const { stream, namespace } = trouble;
  const of = { connectionId, stream, namespace };
  switch (trouble.reason) {
    case "job_failed":
    case "books_unbalanced":
    case "range_held":
    case "job_held_back":
      return trouble.jobId ? `/jobs/${trouble.jobId}` : `/jobs?connectionId=${connectionId}`;
    case "overdue":
      return `${own}/schedule`;
    case "disabled":
    case "schema_change":
      return `${own}/schema`;
    case "personal_data":
      return listPath("/personal-data", { verdict: "review", ...of });
    case "quarantine":
      return listPath("/quarantine", { ...of, status: "kept" });
    case "notification":
      return `${own}/settings`;
  }
}

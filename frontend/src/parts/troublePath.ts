import type { Schemas } from "@/api/client";

/** The page on which a trouble is seen to. */
export function troublePath(connectionId: string, trouble: Schemas["TroubleView"]): string {
  const own = `/connections/${connectionId}`;
  const stream = trouble.stream ? `&stream=${encodeURIComponent(trouble.stream)}` : "";
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
      return `/personal-data?verdict=review&connectionId=${connectionId}${stream}`;
    case "quarantine":
      return `/quarantine?connectionId=${connectionId}${stream}`;
    case "notification":
      return `${own}/settings`;
  }
}

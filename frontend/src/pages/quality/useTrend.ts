import { $api } from "@/api/client";
import type { DatasetName } from "@/parts/datasets";

/** A dataset's scores of its last hundred jobs: asked once, however many of its dimensions are drawn. */
export function useTrend({ connectionId, stream, namespace }: DatasetName) {
  return $api.useQuery("get", "/v1/quality/{connectionId}/{stream}/trend", {
    params: {
      path: { connectionId, stream },
      query: { limit: 100, ...(namespace ? { namespace } : {}) },
    },
  });
}

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { answered, api, queries, type Schemas } from "@/api/client";
import { Problem } from "@/api/problem";
import { filled, hasUnseen } from "@/parts/spec/configuration";
import { type Wrong, wrongs } from "@/parts/spec/wrongs";

import { type Entered, inConfiguration } from "./entered";

export type Verdict = Schemas["ConnectorCheckView"];

/** Trying a configuration, and keeping it as a source. What is wrong stands at its fields. */
export function useSource(entered: Entered, specification: unknown) {
  const [found, setFound] = useState<Wrong[]>([]);
  const name = entered.connector ?? "";
  const configuration = filled(specification, entered.configuration);

  const refused = (error: Error) => {
    if (error instanceof Problem) setFound(inConfiguration(error.errors));
  };
  const require = () => {
    const now = wrongs(specification, configuration);
    setFound(now);
    return now.length === 0;
  };

  const check = useMutation<Verdict>({
    mutationFn: () =>
      answered(
        api.POST("/v1/connectors/{name}/check", {
          params: { path: { name } },
          body: { configuration },
        }),
      ),
    onError: refused,
  });

  const keep = useMutation<Schemas["SourceView"]>({
    mutationFn: () => kept(entered, { sourceType: name.replace(/^source-/, ""), ...configuration }),
    onError: refused,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["sources"] }),
  });

  return {
    configuration,
    wrongs: found,
    check,
    keep,
    require,
    /** A connector is asked by what was typed; what is kept elsewhere it gets only with the source. */
    canCheck: !hasUnseen(configuration),
  };
}

function kept(entered: Entered, configuration: Record<string, unknown>) {
  const name = entered.sourceName.trim();
  if (entered.source && entered.isOwnSource) {
    return answered(
      api.PUT("/v1/sources/{sourceId}", {
        params: { path: { sourceId: entered.source.sourceId } },
        body: { name, configuration },
      }),
    );
  }
  return answered(
    api.POST("/v1/sources", {
      body: { name, workspaceId: entered.workspaceId ?? "", configuration },
    }),
  );
}

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { answered, api, queries, type Schemas, send } from "@/api/client";
import { Problem } from "@/api/problem";
import { filled, hasUnseen, hidden } from "@/parts/spec/configuration";
import { HIDDEN_SECRET, type JsonObject } from "@/parts/spec/spec";
import { type Wrong, wrongs } from "@/parts/spec/wrongs";

import { type Entered, inConfiguration, keepOf } from "./entered";

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

  const check = useMutation<Verdict, Error, JsonObject>({
    mutationFn: (configuration) =>
      answered(
        api.POST("/v1/connectors/{name}/check", {
          params: { path: { name } },
          body: { configuration },
        }),
      ),
    onError: refused,
  });

  const sourceType = name.replace(/^source-/, "");
  const request = keepOf(
    entered,
    { sourceType, ...configuration },
    { sourceType, ...hidden(specification, configuration) },
  );
  const keep = useMutation({
    mutationFn: () => send(request),
    onError: refused,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["sources"] }),
  });

  // what was tried is told of what was tried alone: an edit after it takes the verdict away
  const isOfThis = JSON.stringify(check.variables) === JSON.stringify(configuration);
  return {
    configuration,
    wrongs: found,
    check: {
      isPending: check.isPending,
      verdict: isOfThis ? check.data : undefined,
      error: isOfThis ? check.error : null,
      begin: () => check.mutate(configuration),
    },
    keep,
    /** What keeps it, to be shown. */
    request,
    require,
    /** A connector is asked by what was typed; what is sealed, or kept elsewhere, it gets only with the source. */
    canCheck: !hasUnseen(configuration) && !JSON.stringify(configuration).includes(HIDDEN_SECRET),
  };
}

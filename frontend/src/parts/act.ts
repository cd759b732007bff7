import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";

import { api, queries } from "@/api/client";
import { Problem } from "@/api/problem";

import type { ApiRequest } from "./request";

/** Sends the very request that is shown beside a button, and asks anew what it may have changed. */
export function useAct<T = unknown>(options: {
  done?: string | ((answer: T) => string);
  onDone?: (answer: T) => void;
}) {
  return useMutation<T, Error, ApiRequest>({
    mutationFn: send,
    onSuccess: async (answer) => {
      const { done } = options;
      const message = typeof done === "function" ? done(answer) : done;
      if (message) notifications.show({ message, color: "teal" });
      options.onDone?.(answer);
      await queries.invalidateQueries();
    },
    onError: (error) => {
      const problem = error instanceof Problem ? error : undefined;
      notifications.show({
        title: problem?.title ?? "This did not work",
        message: [problem?.detail ?? error.message, problem?.hint].filter(Boolean).join(" "),
        color: "red",
        autoClose: 10_000,
      });
    },
  });
}

/** A request by its path, whatever it is: the types of what was shown are those of who built it. */
export async function send<T>(request: ApiRequest): Promise<T> {
  const method = request.method.toUpperCase() as "GET";
  const call = api.request as unknown as (
    method: string,
    path: string,
    init: object,
  ) => Promise<{ data?: T }>;
  const { data } = await call(method, request.path, {
    ...bodyOf(request),
    ...(request.headers === undefined ? {} : { headers: request.headers }),
  });
  return data as T;
}

function bodyOf({ body, text }: ApiRequest): object {
  if (text !== undefined) return { body: text, bodySerializer: (as: string) => as };
  return body === undefined ? {} : { body };
}

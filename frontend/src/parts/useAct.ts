import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";

import { queries, send } from "@/api/client";
import { Problem } from "@/api/problem";
import type { ApiRequest } from "@/api/request";

export interface Outcome<Answer> {
  done?: string | ((answer: Answer) => string) | undefined;
  onDone?: ((answer: Answer) => void) | undefined;
}

/** Sends the very request that is shown beside a button, and asks anew what it may have changed. */
export function useAct<Answer>(
  request: ApiRequest<Answer>,
  { done, onDone }: Outcome<NoInfer<Answer>>,
) {
  return useMutation<Answer>({
    mutationFn: () => send(request),
    onSuccess: async (answer) => {
      const message = typeof done === "function" ? done(answer) : done;
      if (message) notifications.show({ message, color: "teal" });
      onDone?.(answer);
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
      // somebody else was faster: the form is to say so, and what he has made of it
      if (problem?.status === 412) void queries.invalidateQueries();
    },
  });
}

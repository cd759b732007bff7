import { Center, Loader } from "@mantine/core";
import { type ReactNode, useEffect, useMemo, useRef } from "react";

import { $api, api, queries, showCsrfToken } from "@/api/client";
import { Problem } from "@/api/problem";
import { ProblemAlert } from "@/parts/ProblemAlert";

import { SessionContext } from "./session";
import { SignIn } from "./SignIn";

const isOfSession = ({ queryKey }: { queryKey: readonly unknown[] }): boolean =>
  queryKey[1] === "/v1/session";

/** Shows what is inside to who is signed in, and the sign-in page to everybody else. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data, error, isPending } = $api.useQuery(
    "get",
    "/v1/session",
    {},
    { staleTime: 60_000, refetchInterval: 300_000 },
  );

  useEffect(() => {
    // a session that ended while a page was open shows as a refused request of that page
    return queries.getQueryCache().subscribe(({ type, query }) => {
      const refused = query.state.error;
      if (
        type === "updated" &&
        !isOfSession(query) &&
        refused instanceof Problem &&
        refused.status === 401
      ) {
        void queries.invalidateQueries({ queryKey: ["get", "/v1/session"] });
      }
    });
  }, []);

  const id = data?.id;
  const before = useRef<string>(undefined);
  useEffect(() => {
    // somebody else has signed in, in another tab: what is shown here is of who was before
    if (id && before.current && before.current !== id)
      void queries.resetQueries({ predicate: (query) => !isOfSession(query) });
    before.current = id ?? before.current;
  }, [id]);

  const session = useMemo(
    () =>
      data && {
        ...data,
        signOut: async () => {
          await api.DELETE("/v1/session");
          queries.clear();
          window.location.assign("/");
        },
      },
    [data],
  );
  showCsrfToken(data?.csrfToken);

  if (isPending) {
    return (
      <Center mih="100vh">
        <Loader aria-label="Asking who you are" />
      </Center>
    );
  }
  if (error instanceof Problem && error.status === 401) return <SignIn />;
  if (error || !session) {
    return (
      <Center mih="100vh" p="md">
        <ProblemAlert problem={error} />
      </Center>
    );
  }
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}

import { Center, Loader } from "@mantine/core";
import { type ReactNode, useEffect, useMemo } from "react";

import { $api, api, queries, showCsrfToken } from "@/api/client";
import { Problem } from "@/api/problem";
import { ProblemAlert } from "@/parts/ProblemAlert";

import { SessionContext } from "./session";
import { SignIn } from "./SignIn";

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
      const isOurs = query.queryKey[1] === "/v1/session";
      if (type === "updated" && !isOurs && refused instanceof Problem && refused.status === 401) {
        void queries.invalidateQueries({ queryKey: ["get", "/v1/session"] });
      }
    });
  }, []);

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

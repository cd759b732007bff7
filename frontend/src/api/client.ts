/** The one way to Atlas: its API, typed by its own document (`npm run types`). */
import { QueryClient } from "@tanstack/react-query";
import createFetchClient, { type Middleware } from "openapi-fetch";
import createQueries from "openapi-react-query";

import { Problem } from "./problem";
import type { ApiRequest } from "./request";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

let csrfToken: string | undefined;

/** What a session's requests that change something must show. */
export function showCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

const session: Middleware = {
  onRequest({ request }) {
    if (csrfToken && request.method !== "GET") request.headers.set("X-Atlas-CSRF", csrfToken);
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await Problem.of(response);
  },
};

export const api = createFetchClient<paths>({ credentials: "same-origin" });
api.use(session);

/** `useQuery` and `useMutation` over the API's paths. */
export const $api = createQueries(api);

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // what was refused will be refused again; what failed on its way may not
      retry: (failures, error) => !(error instanceof Problem && error.status < 500) && failures < 2,
    },
  },
});

/** Sends a request as it is shown; what it was answered with. Errors: Problem. */
export async function send<Answer>(request: ApiRequest<Answer>): Promise<Answer> {
  return (await sent(request)).data;
}

/** The same with the response itself, for what its headers say. */
export const sent = <Answer>(request: ApiRequest<Answer>) => asked<Answer>(request, "json");

/** The same with what was answered as a text, for numbers that must stay as they are written. */
export const sentForText = (request: ApiRequest) => asked<string>(request, "text");

async function asked<Data>(
  { method, path, headers, body }: ApiRequest,
  parseAs: "json" | "text",
): Promise<{ data: Data; response: Response }> {
  // it was held against the document when it was made: its path is filled in, its body written
  const call = api.request as unknown as (
    method: string,
    path: string,
    init: object,
  ) => Promise<{ data: Data; response: Response }>;
  const written = body === undefined ? {} : { body, bodySerializer: (json: string) => json };
  return call(method, path, { headers, parseAs, ...written });
}

/** What a page waits for: the data, or the problem that the API answered with. */
export async function answered<T>(asked: Promise<{ data?: T }>): Promise<T> {
  const { data } = await asked;
  if (data === undefined) throw new Error("The API answered without a body.");
  return data;
}

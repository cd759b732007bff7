/** A request as a value: built by the API's document, sent as it is and shown as it is. */
import {
  type ClientPathsWithMethod,
  createFinalURL,
  createQuerySerializer,
  defaultPathSerializer,
  type MethodResponse,
  type RequestBodyOption,
} from "openapi-fetch";

import { objectText } from "@/parts/jsonText";

import type { api } from "./client";
import type { paths } from "./schema";

export type Method = "get" | "post" | "put" | "patch" | "delete";
export type PathOf<M extends Method> = ClientPathsWithMethod<typeof api, M>;

/** What the document says of a method at a path. */
type Operation<M extends Method, P extends PathOf<M>> = paths[P][M];
type ParametersOf<O> = O extends { parameters: infer Named } ? Omit<Named, "cookie"> : unknown;

export type BodyOf<M extends Method, P extends PathOf<M>> = RequestBodyOption<
  Operation<M, P>
>["body"];

type GivenBody<M extends Method, P extends PathOf<M>, Body> =
  undefined extends BodyOf<M, P>
    ? { body?: Body & NoMore<Body, BodyOf<M, P>> }
    : { body: Body & NoMore<Body, BodyOf<M, P>> };

/** TypeScript looks for members too many only in what is written in place: not in variables and spreads. */
type NoMore<Body, Known> = unknown extends Known
  ? unknown
  : Body extends (infer Item)[]
    ? NoMore<Item, ItemOf<Known>>[]
    : Body extends object
      ? {
          [Name in keyof Body]: Name extends MemberOf<Known>
            ? NoMore<Body[Name], ValueOf<Known, Name>>
            : never;
        }
      : unknown;
type ItemOf<T> = T extends (infer Item)[] ? Item : never;
type MemberOf<T> = T extends object ? keyof T : never;
type ValueOf<T, Name> = T extends object ? (Name extends keyof T ? T[Name] : never) : never;

/** What is asked for; nothing where the document has no content (204). */
export type AnswerOf<M extends Method, P extends PathOf<M>> = [
  MethodResponse<typeof api, M, P>,
] extends [never]
  ? undefined
  : MethodResponse<typeof api, M, P>;

declare const answer: unique symbol;

/** Made here alone, so that there is none that the document does not have. */
export interface ApiRequest<Answer = unknown> {
  readonly method: Method;
  /** With its parameters and its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, as it is sent. */
  readonly body: string | undefined;
  /** JSON, as it is shown: without the secrets of what is sent. */
  readonly shown: string | undefined;
  /** There for the compiler alone: what the answer will be. */
  readonly [answer]: Answer;
}

/** A request by its method and the document's path; `shown` is the body to show where it has a secret. */
export function act<M extends Method, P extends PathOf<M>, Body extends BodyOf<M, P>>(
  method: M,
  path: P,
  given: ParametersOf<Operation<M, P>> & GivenBody<M, P, Body> & { shown?: BodyOf<M, P> },
): ApiRequest<AnswerOf<M, P>> {
  const { body, shown = body, ...filling } = given as Given;
  return made(method, path, filling, JSON.stringify(body), JSON.stringify(shown));
}

/** The same with a body whose members are JSON already, where numbers must stay as they were typed. */
export function actAsTyped<
  M extends Method,
  P extends PathOf<M>,
  Body extends { [Name in keyof BodyOf<M, P>]: string },
>(
  method: M,
  path: P,
  given: ParametersOf<Operation<M, P>> & {
    body: Body & NoMore<Body, BodyOf<M, P>>;
    shown?: { [Name in keyof BodyOf<M, P>]: string };
  },
): ApiRequest<AnswerOf<M, P>> {
  const { body: written, shown = written, ...filling } = given as Given & Typed;
  const textOf = (members: Record<string, string>) => objectText(Object.entries(members));
  return made(method, path, filling, textOf(written), textOf(shown));
}

/** What is given for any operation: the compiler does not see it in one that is not chosen yet. */
interface Given {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  header?: Record<string, string | null | undefined>;
  body?: unknown;
  shown?: unknown;
}

/** What of it is written as JSON already. */
interface Typed {
  body: Record<string, string>;
  shown?: Record<string, string>;
}

function made<Answer>(
  method: Method,
  path: string,
  { path: filled = {}, query = {}, header = {} }: Omit<Given, "body" | "shown">,
  body: string | undefined,
  shown: string | undefined,
): ApiRequest<Answer> {
  const headers = Object.entries(header).filter(
    (pair): pair is [string, string] => pair[1] != null,
  );
  const request = {
    method,
    path: createFinalURL(path, {
      baseUrl: "",
      params: { path: filled, query },
      querySerializer: createQuerySerializer(),
      pathSerializer: defaultPathSerializer,
    }),
    headers: Object.fromEntries(headers),
    body,
    shown,
  };
  // what only the compiler knows of cannot be put in
  return request as ApiRequest<Answer>;
}

import { exactly } from "@/parts/jsonText";

import { sentForText } from "./client";
import type { ApiRequest } from "./request";

/** An answer with the values of rows: asked for as text (`parseAs: "text"`), so that large numbers stay whole. */
export async function answeredExactly<T>(asked: Promise<{ data?: string }>): Promise<T> {
  const { data } = await asked;
  if (data === undefined) throw new Error("The API answered without a body.");
  return exactly(data) as T;
}

/** The same of a request that is shown. */
export const sendExactly = <Answer>(request: ApiRequest<Answer>): Promise<Answer> =>
  answeredExactly<Answer>(sentForText(request));

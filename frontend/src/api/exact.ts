import { exactly } from "@/parts/jsonText";

/** An answer with the values of rows: asked for as text (`parseAs: "text"`), so that large numbers stay whole. */
export async function answeredExactly<T>(asked: Promise<{ data?: string }>): Promise<T> {
  const { data } = await asked;
  if (data === undefined) throw new Error("The API answered without a body.");
  return exactly(data) as T;
}

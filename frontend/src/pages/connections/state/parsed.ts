/** A state that somebody pastes or opens, in either of the two forms. */

/** Shape: a state stays the text that it was, for a number of it may be larger than a double holds. */
export type Parsed = { state: string } | { wrong: string };

export function parsed(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : "This is no JSON." };
  }
  if (typeof value !== "object" || value === null) {
    return { wrong: "A state is an object, or a list of messages." };
  }
  return { state: text.trim() };
}

/** The name of a file of a connection's state, that is a name on every system. */
export function fileName(connection: string, version: number | null | undefined): string {
  const name = connection.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^-+|-+$/g, "") || "connection";
  return `${name}-state${version == null ? "" : `-${version}`}.json`;
}

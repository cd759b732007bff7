/** The API request that does what a button does, as somebody would send it from a shell. */
export interface ApiRequest {
  method: "get" | "post" | "put" | "patch" | "delete";
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** The body as JSON text instead, where its numbers must stay as they are written. */
  text?: string;
}

export function curl(request: ApiRequest, origin: string): string {
  const lines = [`curl -X ${request.method.toUpperCase()} '${origin}${request.path}'`];
  lines.push(`  -H "Authorization: Bearer $TOKEN"`);
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    lines.push(`  -H '${name}: ${value}'`);
  }
  const json =
    request.text ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
  if (json !== undefined) {
    // a single quote ends the shell's string: it is closed, escaped and opened again
    const body = json.replaceAll("'", String.raw`'\''`);
    lines.push(`  -H 'Content-Type: application/json'`, `  -d '${body}'`);
  }
  return lines.join(" \\\n");
}

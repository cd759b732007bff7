import type { ApiRequest } from "@/api/request";

/** The API request that does what a button does, as somebody would send it from a shell. */
export function curl(request: ApiRequest, origin: string): string {
  const lines = [`curl -X ${request.method.toUpperCase()} ${quoted(origin + request.path)}`];
  lines.push(`  -H "Authorization: Bearer $TOKEN"`);
  for (const [name, value] of Object.entries(request.headers)) {
    lines.push(`  -H ${quoted(`${name}: ${value}`)}`);
  }
  if (request.shown !== undefined) {
    lines.push(`  -H 'Content-Type: application/json'`, `  -d ${quoted(request.shown)}`);
  }
  return lines.join(" \\\n");
}

/** A single quote ends the shell's string: it is closed, escaped and opened again. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A record's content, as it can be read. */

import { exactly } from "@/parts/jsonText";

/** The object that a text is, its large numbers as text; none where it is no JSON object. */
export function objectOf(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value = exactly(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes as a dump: their place, sixteen to a line in hexadecimal, and what of them is ASCII. */
export function bytesOf(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const lines: string[] = [];
  for (let place = 0; place < bytes.length; place += 16) {
    const some = [...bytes.subarray(place, place + 16)];
    const hex = some.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const ascii = some
      .map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "."))
      .join("");
    lines.push(`${place.toString(16).padStart(8, "0")}  ${hex.padEnd(47)}  ${ascii}`);
  }
  return lines.join("\n");
}

/** A correction by its members, each as JSON: the record is as it was typed, so no number changes. */
export function fixOf(kind: "record" | "patch", typed: string, note: string) {
  const said = note.trim() ? { note: JSON.stringify(note.trim()) } : {};
  const corrected = typed.trim();
  return { ...(kind === "record" ? { record: corrected } : { patch: corrected }), ...said };
}

/** JSON as text: laid out without being read, so that no number and no key is changed. */

/** The same JSON with a line for each member. What is not JSON comes back as it is. */
export function indented(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let out = "";
  let depth = 0;
  let inString = false;
  const line = () => `\n${"  ".repeat(depth)}`;
  for (let place = 0; place < text.length; place += 1) {
    const sign = text[place] ?? "";
    if (inString) {
      out += sign;
      if (sign === "\\") {
        place += 1;
        out += text[place] ?? "";
      } else if (sign === '"') inString = false;
    } else if (sign === '"') {
      inString = true;
      out += sign;
    } else if (sign === "{" || sign === "[") {
      const closing = text.slice(place + 1).match(/^\s*([}\]])/);
      if (closing) {
        out += sign + (closing[1] ?? "");
        place += closing[0].length;
      } else {
        depth += 1;
        out += sign + line();
      }
    } else if (sign === "}" || sign === "]") {
      depth -= 1;
      out += line() + sign;
    } else if (sign === ",") out += sign + line();
    else if (sign === ":") out += ": ";
    else if (!/\s/.test(sign)) out += sign;
  }
  return out;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** What a JSON text says, with numbers that no double holds exactly as text. Errors: SyntaxError. */
export function exactly(text: string): unknown {
  JSON.parse(text);
  return JSON.parse(
    text.replaceAll(TOKEN, (token) =>
      token.startsWith('"') || isExact(token) ? token : JSON.stringify(token),
    ),
  );
}

/** Fifteen significant digits go through a double and back unchanged; of more, those that come back as they were. */
function isExact(number: string): boolean {
  if (String(Number(number)) === number) return true;
  const [mantissa = ""] = number.toLowerCase().split("e");
  return mantissa.replaceAll(/[-.]/g, "").replace(/^0+/, "").length <= 15;
}

const SIGN = /"(?:[^"\\]+|\\.)*"|[[\]{},]/g;

/** The items of a JSON list, each as the text that it is written in. Errors: SyntaxError. */
export function itemsOf(text: string): string[] {
  JSON.parse(text);
  const items: string[] = [];
  let depth = 0;
  let start = 0;
  const end = (place: number) => {
    const item = text.slice(start, place).trim();
    if (item) items.push(item);
    start = place + 1;
  };
  for (const { 0: sign, index } of text.matchAll(SIGN)) {
    if (sign === "[" || sign === "{") {
      depth += 1;
      if (depth === 1) start = index + 1;
    } else if (sign === "]" || sign === "}") {
      depth -= 1;
      if (depth === 0) end(index);
    } else if (sign === "," && depth === 1) end(index);
  }
  return items;
}

/** The members of a JSON object by their names, each as the text that it is written in. Errors: SyntaxError. */
export function membersOf(text: string): Map<string, string> {
  const members = itemsOf(text).map((item): [string, string] => {
    const name = item.match(/^"(?:[^"\\]+|\\.)*"/)?.[0] ?? '""';
    const value = item.slice(name.length).replace(/^\s*:\s*/, "");
    return [JSON.parse(name) as string, value];
  });
  return new Map(members);
}

/** The JSON object that has these members. */
export const objectText = (members: Iterable<[string, string]>): string =>
  `{${[...members].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}`;

/** What is wrong with a text that shall be one JSON object; nothing if it is one. */
export function objectProblem(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `This is not JSON: ${(error as Error).message}`;
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return "A record is a JSON object: { … }.";
  return undefined;
}

/** A value as a cell shows it: texts as they are, the rest as JSON. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return "null";
  return typeof value === "string" ? value : JSON.stringify(value);
}

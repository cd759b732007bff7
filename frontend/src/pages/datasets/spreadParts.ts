/** The parts of a histogram, each with where it lies. */
import type { Schemas } from "@/api/client";

export interface Part {
  from: string;
  to: string;
  rows: number;
}

/** Parts of equal width. Shape: bounds of instants in ISO 8601, of numbers as short as they can be told apart. */
export function partsOf({ low, high, counts }: Schemas["SpreadView"], isInstant: boolean): Part[] {
  const [least, most] = isInstant
    ? [Date.parse(low), Date.parse(high)]
    : [Number(low), Number(high)];
  const width = (most - least) / counts.length;
  const said = (value: number) =>
    isInstant
      ? new Date(value).toISOString().replace(/\.\d+Z$/, "Z")
      : String(Number(value.toPrecision(6)));
  return counts.map((rows, place) => ({
    from: place === 0 ? low : said(least + place * width),
    to: place === counts.length - 1 ? high : said(least + (place + 1) * width),
    rows,
  }));
}

/** Numbers, sizes and times as people read them. Units stand with every number. */
import dayjs from "dayjs";
import duration from "dayjs/plugin/duration";
import relativeTime from "dayjs/plugin/relativeTime";

dayjs.extend(duration);
dayjs.extend(relativeTime);

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
// to make one takes longer than to draw the row of a list that shows an instant
const clocks = new Map<string, Intl.DateTimeFormat>();

export const count = (value: number): string => whole.format(value);
export const compact = (value: number): string =>
  value < 10_000 ? whole.format(value) : short.format(value);

export function percent(share: number): string {
  if (share > 0.999 && share < 1) return "> 99.9 %";
  return `${tenths.format(share * 100)} %`;
}

/** Units: bytes in, powers of 1024 out. */
export function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Units: seconds in. */
export function lasting(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const rounded = Math.round(seconds);
  const hours = Math.floor(rounded / 3600);
  const minutes = Math.floor((rounded % 3600) / 60);
  return hours ? `${hours} h ${minutes} min` : `${minutes} min ${rounded % 60} s`;
}

/** An ISO 8601 duration, as jobs have it. Units: seconds out. */
export const secondsOf = (iso: string): number => dayjs.duration(iso).asSeconds();

export const ago = (at: string): string => dayjs(at).fromNow();

/** An instant in a time zone, to the second. */
export const instant = (at: string, timeZone: string): string =>
  clockIn(timeZone).format(new Date(at));

function clockIn(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    dateStyle: "medium",
    timeStyle: "medium",
  });
  clocks.set(timeZone, made);
  return made;
}

/** What the API calls in one word, as a sentence would: `full_refresh_append` is full refresh append. */
export const spoken = (word: string): string => word.replaceAll("_", " ");

/** How many of what: "1 record", "2 records". */
export function many(number: number, one: string, more = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : more}`;
}

/** Instants as somebody picks them: wall-clock times in the zone in which all instants are shown. */
import dayjs from "dayjs";
import timezone from "dayjs/plugin/timezone";
import utc from "dayjs/plugin/utc";

dayjs.extend(utc);
dayjs.extend(timezone);

const LOCAL = "YYYY-MM-DD HH:mm:ss";

/** "2026-02-01 05:00:00" in a zone, as an instant in ISO 8601. */
export const toInstant = (local: string, timeZone: string): string =>
  dayjs.tz(local, timeZone).toISOString();

/** An instant as a wall clock of the zone shows it, to the second. */
export const toLocal = (instant: string, timeZone: string): string =>
  dayjs(instant).tz(timeZone).format(LOCAL);

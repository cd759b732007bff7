import { useLocalStorage } from "@mantine/hooks";

export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** The zone in which all instants are shown; the browser's until somebody chooses another. */
export function useTimeZone() {
  return useLocalStorage({
    key: "atlas-time-zone",
    defaultValue: HERE,
    getInitialValueInEffect: false,
  });
}

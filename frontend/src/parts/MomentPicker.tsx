import "@mantine/dates/styles.css";

import { DateTimePicker, type DateTimePickerProps } from "@mantine/dates";

import { useTimeZone } from "@/shell/timeZone";

import { toInstant, toLocal } from "./moments";

/** Picks an instant, in the reader's time zone. Shape: ISO 8601 in and out; load it lazily. */
export function MomentPicker({
  value,
  onChange,
  label,
  ...picker
}: Omit<DateTimePickerProps, "value" | "onChange" | "label"> & {
  value: string | undefined;
  onChange: (instant: string | null) => void;
  label: string;
}) {
  const [timeZone] = useTimeZone();
  return (
    <DateTimePicker
      label={`${label} (${timeZone})`}
      withSeconds
      clearable
      highlightToday
      w={260}
      value={value ? toLocal(value, timeZone) : null}
      onChange={(local) => onChange(local ? toInstant(local, timeZone) : null)}
      clearButtonProps={{ "aria-label": `Clear: ${label}` }}
      timePickerProps={{
        hoursInputLabel: "Hours",
        minutesInputLabel: "Minutes",
        secondsInputLabel: "Seconds",
      }}
      {...picker}
    />
  );
}

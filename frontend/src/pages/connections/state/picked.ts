/** The two versions that are compared, as the address has them. Shape: the older one first. */
export function picked(compare: string | undefined, toggled?: number): number[] {
  const before = (compare ?? "")
    .split(",")
    .map(Number)
    .filter((version) => Number.isInteger(version) && version > 0);
  if (toggled === undefined) return before.slice(0, 2).sort((one, other) => one - other);
  const after = before.includes(toggled)
    ? before.filter((version) => version !== toggled)
    : [...before, toggled].slice(-2);
  return after.sort((one, other) => one - other);
}

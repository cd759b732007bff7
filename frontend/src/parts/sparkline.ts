/** The points of a line within a box. Shape: zero is its floor, the highest value its ceiling. */
export function linePoints(values: number[], width: number, height: number): string {
  const highest = Math.max(...values, 1);
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values
    .map((value, index) => {
      const x = (index * step).toFixed(1);
      const y = (height - (value / highest) * height).toFixed(1);
      return `${x},${y}`;
    })
    .join(" ");
}

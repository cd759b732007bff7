/** A list of the API read to its end, for what is sorted or searched here: the API sorts by other things. */
export interface Everything<T> {
  rows: T[];
  /** True if the list goes on: what is shown is then of the first rows alone. */
  isCut: boolean;
}

const PAGE = 100;

export async function everything<T>(
  fetchPage: (window: { limit: number; offset: number }) => Promise<{ data: T[]; next: string }>,
  most = 3_000,
  limit = PAGE,
): Promise<Everything<T>> {
  const rows: T[] = [];
  while (rows.length < most) {
    const page = await fetchPage({ limit, offset: rows.length });
    rows.push(...page.data);
    if (!page.next || page.data.length === 0) return { rows, isCut: false };
  }
  return { rows, isCut: true };
}

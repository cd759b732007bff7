/** All of a list, page by page: for lists whose length is that of a choice, not of a history. */
export async function allOf<T>(
  fetchPage: (window: { limit: number; offset: number }) => Promise<{ data: T[]; next: string }>,
  limit = 100,
): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const page = await fetchPage({ limit, offset: found.length });
    found.push(...page.data);
    if (!page.next || page.data.length === 0) return found;
  }
}

/** Where a waiver is taken back: the API names it by its query. */
export function waiverPath(
  connectionId: string,
  waiver: { stream: string; namespace?: string | null; rule: string },
): string {
  const query = new URLSearchParams({ stream: waiver.stream, rule: waiver.rule });
  if (waiver.namespace) query.set("namespace", waiver.namespace);
  return `/v1/connections/${connectionId}/waivers?${query}`;
}

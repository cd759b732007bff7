/** What is other of a schema, in words. */
import type { Schemas } from "@/api/client";
import { spoken } from "@/parts/words";

export const CONTRACTS: Record<Schemas["Contract"], string> = {
  evolve: "widens with its field",
  freeze: "keeps its type; what does not fit goes by the connection's policy",
  discard_value: "keeps its type; what does not fit becomes null",
  discard_row: "keeps its type; what does not fit sends its row to quarantine",
  variant: "keeps its type; what does not fit stands as JSON beside it",
};

export function told(growth: Schemas["GrowthView"]): string {
  const { kind, field, was, willBe } = growth;
  const types = was && willBe ? `: ${was} will be ${willBe}` : willBe ? `: ${willBe}` : "";
  return `${spoken(kind)}${field ? ` ${field}` : ""}${types}`;
}

/** How far a possible rename is borne out by the records. */
export function borne(rename: Schemas["PossibleRenameView"]): string {
  if (rename.compared == null || rename.agreeing == null) {
    return "how many records agree took too long to see";
  }
  if (rename.compared === 0) return "no record has both to compare";
  return `${rename.agreeing} of ${rename.compared} compared records agree`;
}

export const pathsText = (paths: string[][]): string =>
  paths.map((path) => path.join(".")).join(", ") || "none";

/** What is decided about paths: in which order it wants to be looked at, and what it rests on. */
import type { Schemas } from "@/api/client";
import { isMask } from "@/parts/Decision";
import { count, many, percent } from "@/parts/words";

export type Listed = Schemas["ListedView"];
type Evidence = Schemas["EvidenceView"];

export const VERDICTS: Schemas["Verdict"][] = ["review", "personal", "quasi", "free_text", "clean"];

export const ENTITIES: Schemas["Entity"][] = [
  "PERSON",
  "EMAIL_ADDRESS",
  "PHONE_NUMBER",
  "STREET_ADDRESS",
  "LOCATION",
  "CREDIT_CARD",
  "IBAN_CODE",
  "US_SSN",
  "NATIONAL_ID",
  "IP_ADDRESS",
  "MAC_ADDRESS",
  "CRYPTO",
  "DATE_OF_BIRTH",
  "USERNAME",
  "PASSWORD",
  "URL",
  "DATE_TIME",
  "ORGANIZATION",
  "NRP",
  "PERSONAL",
];

/** Those to review first, then the masked ones, the least certain before the others. */
export function toReviewFirst(rows: Listed[]): Listed[] {
  const rank = ({ decision }: Listed) => {
    if (decision.verdict === "review") return 0;
    return isMask(decision.action) ? 1 : 2;
  };
  return [...rows].sort(
    (one, other) => rank(one) - rank(other) || one.decision.confidence - other.decision.confidence,
  );
}

/** Those that have a text in their path, column, dataset, connection or entity. */
export function having(rows: Listed[], text: string | undefined): Listed[] {
  const sought = (text ?? "").trim().toLowerCase();
  if (!sought) return rows;
  return rows.filter((row) =>
    [row.decision.path.join("."), row.column, row.stream, row.connection, row.decision.entity].some(
      (part) => part?.toLowerCase().includes(sought),
    ),
  );
}

export const keyOf = (row: Listed): string =>
  JSON.stringify([row.connectionId, row.stream, row.namespace ?? "", row.decision.path]);

/** What a decision rests on, in sentences. */
export function evidenceSaid(evidence: Evidence, entity: string | undefined): string[] {
  const said: string[] = [];
  if (!evidence.isJudged)
    said.push("Nothing was judged: no value was there, or the detector could not run.");
  else
    said.push(
      `${percent(evidence.share)} of ${many(evidence.distinct, "distinct value")} ${
        entity ? `are well-formed as ${entity}` : "are well-formed as something personal"
      }.`,
    );
  if (evidence.headerWords > 0)
    said.push(`${many(evidence.headerWords, "word")} of its name point to personal data.`);
  said.push(
    evidence.modelShare === undefined
      ? "The model was not asked."
      : `The model saw it in ${percent(evidence.modelShare)} of the values it was asked about.`,
  );
  return said;
}

export const evidenceBrief = (evidence: Evidence): string =>
  evidence.isJudged
    ? `${percent(evidence.share)} of ${count(evidence.distinct)} distinct`
    : "nothing judged";

/** What a remote's success must show, as a form has it and as the API takes it. */
import type { Schemas } from "@/api/client";

export type Policy = Schemas["RemotePolicyView"];
type Profile = NonNullable<Schemas["RemoteTermsBody"]["profile"]>;
export type Kind = "none" | "postgres" | "snowflake";

export interface Terms {
  policy: Policy;
  kind: Kind;
  /** What is said of the destination; secrets as they are shown, until they are typed anew. */
  profile: Record<string, string>;
}

export const HIDDEN = "**********";
export const SECRETS: ReadonlySet<string> = new Set(["dsn", "privateKey", "passphrase"]);

export const FIELDS: Record<
  Exclude<Kind, "none">,
  { name: string; label: string; needed: boolean }[]
> = {
  postgres: [{ name: "dsn", label: "Connection string", needed: true }],
  snowflake: [
    { name: "account", label: "Account", needed: true },
    { name: "user", label: "User", needed: true },
    { name: "privateKey", label: "Private key, in PEM", needed: true },
    { name: "passphrase", label: "Passphrase of the key", needed: false },
    { name: "role", label: "Role", needed: false },
    { name: "warehouse", label: "Warehouse", needed: false },
    { name: "database", label: "Database", needed: true },
  ],
};

export function termsOf(value: Schemas["ConnectionRemoteView"]): Terms {
  const { kind, ...said } = (value.profile ?? {}) as Record<string, unknown>;
  const profile = Object.fromEntries(
    Object.entries(said).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
  return {
    policy: value.policy,
    kind: kind === "postgres" || kind === "snowflake" ? kind : "none",
    profile,
  };
}

/** True of a profile whose secrets are kept elsewhere: this form would not bring them back. */
export function hasReferences(value: Schemas["ConnectionRemoteView"]): boolean {
  return Object.values(value.profile ?? {}).some(
    (said) => said !== null && typeof said === "object",
  );
}

export function lackOf({ kind, profile, policy }: Terms): string | undefined {
  if (policy.freshness.some(({ table }) => !/^[^.]{1,63}\.[^.]{1,63}$/.test(table)))
    return "A table is named schema.table.";
  if (kind === "none") {
    return policy.freshness.length
      ? "Freshness is asked of the destination: say how it is reached."
      : undefined;
  }
  const lacking = FIELDS[kind].filter(({ name, needed }) => needed && !profile[name]?.trim());
  return lacking.length
    ? `The destination needs ${lacking.map(({ label }) => label).join(", ")}.`
    : undefined;
}

/** Shape: all of it, for what is left out is the default; of the profile what its kind has. */
export function bodyOf({ policy, kind, profile }: Terms): Schemas["RemoteTermsBody"] {
  if (kind === "none") return { policy };
  const said = FIELDS[kind].flatMap(({ name }) => {
    const value = profile[name]?.trim();
    return value ? [[name, value] as const] : [];
  });
  // a form that lacks a member is not sent: lackOf
  return { policy, profile: { kind, ...Object.fromEntries(said) } as Profile };
}

/** A body as it may be shown. */
export function shownOf(body: Schemas["RemoteTermsBody"]): Schemas["RemoteTermsBody"] {
  if (!body.profile) return body;
  const shown = Object.entries(body.profile).map(([name, value]) => [
    name,
    SECRETS.has(name) ? HIDDEN : (value as unknown),
  ]);
  // a secret is a text either way
  return { ...body, profile: Object.fromEntries(shown) as Profile };
}

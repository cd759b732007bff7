import { useCallback, useState } from "react";

import type { Kept } from "@/api/edited";

// the part of a tag that is of what can be edited; what follows moves by time alone
const edited = (tag: string | undefined): string | undefined => tag?.split(".")[0];
const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** A form's own copy of what is kept: what is typed stays when the page looks again, and what
 * somebody else has changed meanwhile is not written over, for the tag stays the one that was read. */
export function useDraft<S, T>(kept: Kept<S>, toDraft: (value: S) => T) {
  const [base, setBase] = useState(kept);
  const [draft, setDraft] = useState(() => toDraft(kept.value));
  const [isSaved, setSaved] = useState(false);

  const change = useCallback(
    (patch: Partial<T> | ((before: T) => Partial<T>)) =>
      setDraft((before) => ({
        ...before,
        ...(typeof patch === "function" ? patch(before) : patch),
      })),
    [],
  );
  const start = toDraft(base.value);
  const now = toDraft(kept.value);
  const isDirty = !same(draft, start);
  const isOther = edited(kept.tag) !== edited(base.tag);
  if (isOther && (!isDirty || isSaved || same(draft, now))) {
    setBase(kept);
    setDraft(now);
    setSaved(false);
  }
  return {
    draft,
    change,
    tag: base.tag,
    isDirty,
    /** Somebody else has changed it since: saving is refused, `reset` takes theirs. */
    isOvertaken: isOther && isDirty && !isSaved,
    /** To be called when it was saved: the next answer is then what is edited on. */
    saved: () => setSaved(true),
    reset: () => {
      setBase(kept);
      setDraft(now);
    },
  };
}

import type { Schemas } from "@/api/client";

export type Trouble = Schemas["Trouble"];

export const TROUBLES: { kind: Trouble; title: string; about: string; color: string }[] = [
  { kind: "broken", title: "Broken", about: "failed, or books that do not balance", color: "red" },
  { kind: "late", title: "Late", about: "due, and nothing has succeeded since", color: "orange" },
  { kind: "unsafe", title: "Unsafe", about: "may be personal, nobody has decided", color: "grape" },
  {
    kind: "waiting",
    title: "Waiting for you",
    about: "decisions that only people take",
    color: "yellow",
  },
];

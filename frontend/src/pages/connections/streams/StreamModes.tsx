import type { Schemas } from "@/api/client";
import { type Columns, DataTable } from "@/parts/DataTable";
import { spoken } from "@/parts/words";

import { NESTED, pathText } from "./choice";

type Stream = Schemas["StreamView"];

const COLUMNS: Columns<Stream> = [
  { header: "Stream", cell: ({ row }) => row.original.name },
  { header: "Namespace", cell: ({ row }) => row.original.namespace ?? "–" },
  {
    header: "Fields left out",
    cell: ({ row }) => row.original.atlas.leftOut.join(", ") || "–",
  },
  {
    header: "Sync mode",
    cell: ({ row: { original } }) => spoken(original.atlas.syncMode ?? original.syncMode),
  },
  {
    header: "Cursor",
    cell: ({ row: { original } }) =>
      pathText(original.atlas.cursorField ?? original.cursorField ?? []) || "–",
  },
  {
    header: "Primary key",
    cell: ({ row: { original } }) =>
      (original.atlas.primaryKey ?? original.primaryKey ?? []).map(pathText).join(", ") || "–",
  },
  { header: "Objects and arrays", cell: ({ row }) => NESTED[row.original.atlas.nested] },
];

/** How each stream is read, for who may not change it. */
export function StreamModes({ streams }: { streams: Stream[] }) {
  return <DataTable label="Streams" rows={streams} columns={COLUMNS} height={420} />;
}

import { $api, type Schemas } from "@/api/client";
import { Anchor } from "@/parts/Anchor";
import { At } from "@/parts/At";
import { type Columns, DataTable } from "@/parts/DataTable";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";

type Version = Schemas["SchemaVersionView"];

const BY: Record<string, string> = {
  connected: "as it was connected",
  policy: "by the connection's policy",
  person: "by somebody's word",
};

const COLUMNS: Columns<Version> = [
  { header: "Stream", cell: ({ row }) => row.original.stream },
  { header: "Version", cell: ({ row }) => row.original.version },
  { header: "Adopted", cell: ({ row }) => <At at={row.original.adoptedAt} /> },
  { header: "How", cell: ({ row }) => BY[row.original.adoptedBy] ?? row.original.adoptedBy },
  {
    header: "Job",
    cell: ({ row: { original: one } }) =>
      one.jobId ? (
        <Anchor to={`/jobs/${one.jobId}`} size="sm">
          {one.jobId}
        </Anchor>
      ) : (
        "–"
      ),
  },
  { header: "Fields", cell: ({ row }) => row.original.fields.join(", ") },
];

export function Versions({ connectionId }: { connectionId: string }) {
  const query = $api.useQuery("get", "/v1/connections/{connectionId}/schema-versions", {
    params: { path: { connectionId } },
  });
  return (
    <Loaded query={query}>
      {({ data }) =>
        data.length === 0 ? (
          <Empty title="No version was adopted yet." />
        ) : (
          <DataTable label="Schema versions" rows={data} columns={COLUMNS} height={360} />
        )
      }
    </Loaded>
  );
}

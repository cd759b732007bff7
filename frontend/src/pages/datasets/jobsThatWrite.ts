import { answered, api, type Schemas } from "@/api/client";

type Query = {
  connectionId: string;
  allTypes: boolean;
  orderBy: "createdAt|DESC";
  limit: number;
};
type ListJobs = (query: Query) => Promise<{ data: Schemas["JobView"][] }>;

const listJobs: ListJobs = (query) => answered(api.GET("/v1/jobs", { params: { query } }));

/** The last hundred jobs of a connection, of whatever type. */
export async function jobsThatWrite(
  connectionId: string,
  list: ListJobs = listJobs,
): Promise<Schemas["JobView"][]> {
  const query: Query = { connectionId, allTypes: true, orderBy: "createdAt|DESC", limit: 100 };
  return (await list(query)).data;
}

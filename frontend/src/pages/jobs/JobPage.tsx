import { Page } from "@/parts/Page";

export function JobPage() {
  return <Page title="Job">{null}</Page>;
}

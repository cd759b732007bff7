import { Page } from "@/parts/Page";

export function DatasetPage() {
  return <Page title="Dataset">{null}</Page>;
}

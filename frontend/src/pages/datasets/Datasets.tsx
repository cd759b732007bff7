import { Page } from "@/parts/Page";

export function Datasets() {
  return <Page title="Datasets">{null}</Page>;
}

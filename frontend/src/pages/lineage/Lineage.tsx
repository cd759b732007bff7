import { Page } from "@/parts/Page";

export function Lineage() {
  return <Page title="Lineage">{null}</Page>;
}

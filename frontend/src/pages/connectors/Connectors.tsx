import { Page } from "@/parts/Page";

export function Connectors() {
  return <Page title="Connectors">{null}</Page>;
}

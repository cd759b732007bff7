import { Page } from "@/parts/Page";

export function Quarantine() {
  return <Page title="Quarantine">{null}</Page>;
}

import { Page } from "@/parts/Page";

export function QuarantinedRecord() {
  return <Page title="Quarantined record">{null}</Page>;
}

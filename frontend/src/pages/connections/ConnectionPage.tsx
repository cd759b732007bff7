import { Page } from "@/parts/Page";

export function ConnectionPage() {
  return <Page title="Connection">{null}</Page>;
}

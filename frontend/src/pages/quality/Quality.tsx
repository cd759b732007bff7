import { Page } from "@/parts/Page";

export function Quality() {
  return <Page title="Quality">{null}</Page>;
}

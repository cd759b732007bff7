import { Page } from "@/parts/Page";

export function NewConnection() {
  return <Page title="New connection">{null}</Page>;
}

import { Page } from "@/parts/Page";

export function PersonalData() {
  return <Page title="Personal data">{null}</Page>;
}

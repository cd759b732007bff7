import { Button } from "@mantine/core";
import { isRouteErrorResponse, useRouteError } from "react-router";

import { Anchor } from "@/parts/Anchor";
import { Empty } from "@/parts/Empty";
import { Page } from "@/parts/Page";
import { ProblemAlert } from "@/parts/ProblemAlert";

export function NotFound() {
  return (
    <Page title="No such page">
      <Empty title="Nothing is at this address.">
        <Anchor to="/">Home</Anchor> shows what there is.
      </Empty>
    </Page>
  );
}

/** What is shown where a page broke: the error itself, never an empty page. */
export function PageFailed() {
  const error = useRouteError();
  const known = isRouteErrorResponse(error) ? new Error(error.statusText) : error;
  return (
    <Page title="This page broke">
      <ProblemAlert problem={known} />
      <Button w="fit-content" onClick={() => window.location.reload()}>
        Load it again
      </Button>
    </Page>
  );
}

/** The pages by their paths; each is loaded when it is first looked at. */
import type { ComponentType } from "react";
import { createBrowserRouter, type RouteObject } from "react-router";

import { NotFound, PageFailed } from "@/shell/NotFound";
import { Shell } from "@/shell/Shell";

function page<M extends Record<string, unknown>>(
  path: string,
  load: () => Promise<M>,
  name: keyof M & string,
): RouteObject {
  return {
    path,
    lazy: async () => ({ Component: (await load())[name] as ComponentType }),
    errorElement: <PageFailed />,
  };
}

export const router = createBrowserRouter([
  {
    path: "/",
    Component: Shell,
    hydrateFallbackElement: <></>,
    errorElement: <PageFailed />,
    children: [
      { index: true, lazy: async () => ({ Component: (await import("@/pages/home/Home")).Home }) },
      page("jobs", () => import("@/pages/jobs/Jobs"), "Jobs"),
      page("jobs/:jobId", () => import("@/pages/jobs/JobPage"), "JobPage"),
      page("connections", () => import("@/pages/connections/Connections"), "Connections"),
      page("connections/new", () => import("@/pages/wizard/NewConnection"), "NewConnection"),
      page(
        "connections/:connectionId/:tab?",
        () => import("@/pages/connections/ConnectionPage"),
        "ConnectionPage",
      ),
      page("connectors", () => import("@/pages/connectors/Connectors"), "Connectors"),
      page(
        "connectors/remotes/:remoteId",
        () => import("@/pages/remotes/RemotePage"),
        "RemotePage",
      ),
      page(
        "transformations",
        () => import("@/pages/transformations/Transformations"),
        "Transformations",
      ),
      page(
        "transformations/new",
        () => import("@/pages/transformations/NewTransformation"),
        "NewTransformation",
      ),
      page(
        "transformations/:transformationId/runs/:runId",
        () => import("@/pages/transformations/RunPage"),
        "RunPage",
      ),
      page(
        "transformations/:transformationId/:tab?",
        () => import("@/pages/transformations/TransformationPage"),
        "TransformationPage",
      ),
      page("datasets", () => import("@/pages/datasets/Datasets"), "Datasets"),
      page(
        "datasets/:connectionId/:stream/:tab?",
        () => import("@/pages/datasets/DatasetPage"),
        "DatasetPage",
      ),
      page("personal-data", () => import("@/pages/personal/PersonalData"), "PersonalData"),
      page("quality", () => import("@/pages/quality/Quality"), "Quality"),
      page("quarantine", () => import("@/pages/quarantine/Quarantine"), "Quarantine"),
      page(
        "quarantine/:recordId",
        () => import("@/pages/quarantine/QuarantinedRecord"),
        "QuarantinedRecord",
      ),
      page("lineage", () => import("@/pages/lineage/Lineage"), "Lineage"),
      page("settings/:tab?", () => import("@/pages/settings/Settings"), "Settings"),
      { path: "*", Component: NotFound },
    ],
  },
]);

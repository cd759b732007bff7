import { Tabs } from "@mantine/core";
import { useNavigate, useParams } from "react-router";

import { Page } from "@/parts/Page";
import { useMayEverywhere, useMaySomewhere } from "@/session/session";

import { Applications } from "./Applications";
import { Audit } from "./Audit";
import { Notifications } from "./Notifications";
import { System } from "./System";
import { Configuration } from "./Configuration";
import { Tags } from "./Tags";
import { Users } from "./Users";
import { Workspaces } from "./Workspaces";

/** Who it is for: of each workspace's own, or of what is of no workspace. */
type For = "all" | "admins" | "owners";

const TABS: { path: string; name: string; for: For; Panel: () => React.ReactNode }[] = [
  { path: "system", name: "System", for: "all", Panel: System },
  { path: "notifications", name: "Notifications", for: "all", Panel: Notifications },
  { path: "tags", name: "Tags", for: "all", Panel: Tags },
  { path: "workspaces", name: "Workspaces", for: "all", Panel: Workspaces },
  { path: "users", name: "Users", for: "owners", Panel: Users },
  { path: "applications", name: "Applications", for: "owners", Panel: Applications },
  { path: "audit", name: "Audit", for: "admins", Panel: Audit },
  { path: "configuration", name: "Configuration and keys", for: "owners", Panel: Configuration },
];

export function Settings() {
  const { tab } = useParams();
  const navigate = useNavigate();
  const may = {
    all: true,
    admins: useMaySomewhere("admin"),
    owners: useMayEverywhere("admin"),
  };
  const shown = TABS.filter((one) => may[one.for]);
  const current = shown.find(({ path }) => path === tab) ?? shown[0];
  return (
    <Page title="Settings">
      <Tabs
        value={current?.path ?? null}
        onChange={(path) => navigate(`/settings/${path}`)}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          {shown.map(({ path, name }) => (
            <Tabs.Tab key={path} value={path}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {shown.map(({ path, Panel }) => (
          <Tabs.Panel key={path} value={path}>
            <Panel />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}

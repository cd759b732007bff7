import { Tabs } from "@mantine/core";
import { useNavigate, useParams } from "react-router";

import { Page } from "@/parts/Page";
import { type Role, useMay } from "@/session/session";

import { Applications } from "./Applications";
import { Audit } from "./Audit";
import { Notifications } from "./Notifications";
import { System } from "./System";
import { Configuration } from "./Configuration";
import { Tags } from "./Tags";
import { Users } from "./Users";
import { Workspaces } from "./Workspaces";

const TABS: { path: string; name: string; role: Role; Panel: () => React.ReactNode }[] = [
  { path: "system", name: "System", role: "viewer", Panel: System },
  { path: "notifications", name: "Notifications", role: "viewer", Panel: Notifications },
  { path: "tags", name: "Tags", role: "viewer", Panel: Tags },
  { path: "workspaces", name: "Workspaces", role: "viewer", Panel: Workspaces },
  { path: "users", name: "Users", role: "admin", Panel: Users },
  { path: "applications", name: "Applications", role: "admin", Panel: Applications },
  { path: "audit", name: "Audit", role: "admin", Panel: Audit },
  { path: "configuration", name: "Configuration and keys", role: "admin", Panel: Configuration },
];

export function Settings() {
  const { tab } = useParams();
  const navigate = useNavigate();
  const isAdmin = useMay("admin");
  const shown = TABS.filter(({ role }) => role === "viewer" || isAdmin);
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

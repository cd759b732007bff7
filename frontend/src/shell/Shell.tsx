import {
  AppShell,
  Badge,
  Burger,
  Group,
  NavLink,
  ScrollArea,
  Text,
  Tooltip,
  VisuallyHidden,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconAffiliate,
  IconArrowsExchange,
  IconDatabase,
  IconFilterExclamation,
  IconHome,
  IconListDetails,
  IconPlug,
  IconSettings,
  IconShieldLock,
  IconTargetArrow,
  IconTransform,
} from "@tabler/icons-react";
import { Suspense, useEffect } from "react";
import { Link, Outlet, useLocation } from "react-router";

import { $api } from "@/api/client";
import { Status } from "@/parts/Status";

import { Account } from "./Account";
import classes from "./Shell.module.css";

const PLACES = [
  { group: "", places: [{ to: "/", name: "Home", Icon: IconHome }] },
  {
    group: "Move",
    places: [
      { to: "/connections", name: "Connections", Icon: IconArrowsExchange },
      { to: "/connectors", name: "Connectors", Icon: IconPlug },
      { to: "/jobs", name: "Jobs", Icon: IconListDetails },
      { to: "/transformations", name: "Transformations", Icon: IconTransform },
    ],
  },
  {
    group: "Trust",
    places: [
      { to: "/datasets", name: "Datasets", Icon: IconDatabase },
      { to: "/lineage", name: "Lineage", Icon: IconAffiliate },
      { to: "/quality", name: "Quality", Icon: IconTargetArrow },
      { to: "/personal-data", name: "Personal data", Icon: IconShieldLock },
      { to: "/quarantine", name: "Quarantine", Icon: IconFilterExclamation },
    ],
  },
  { group: "Run", places: [{ to: "/settings", name: "Settings", Icon: IconSettings }] },
];

export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  useEffect(close, [pathname, close]);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 216, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding="lg"
    >
      <a href="#page" className={classes.skip}>
        Go to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap" miw="max-content">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label="Places"
            />
            <img src="/favicon.svg" alt="" width={24} height={24} />
            <Text fw={700} component={Link} to="/" c="inherit" td="none">
              Atlas
            </Text>
            <Health />
          </Group>
          <Account />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Places">
        <AppShell.Section grow component={ScrollArea}>
          {PLACES.map(({ group, places }) => (
            <div key={group}>
              {group && (
                <Text size="xs" c="dimmed" fw={600} px="sm" pt="md" pb={4}>
                  {group}
                </Text>
              )}
              {places.map(({ to, name, Icon }) => (
                <NavLink
                  key={to}
                  component={Link}
                  to={to}
                  label={name}
                  leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
                  active={to === "/" ? pathname === "/" : pathname.startsWith(to)}
                  style={{ borderRadius: "var(--mantine-radius-md)" }}
                />
              ))}
            </div>
          ))}
        </AppShell.Section>
        <AppShell.Section p="sm">
          <Text size="xs" c="dimmed">
            <a href="/docs" style={{ color: "inherit" }}>
              API
            </a>
          </Text>
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1}>
        <Suspense fallback={<VisuallyHidden>Loading</VisuallyHidden>}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}

/** Whether Atlas itself is well, and whether what it moves is real. */
function Health() {
  const { data, error } = $api.useQuery(
    "get",
    "/health",
    {},
    { refetchInterval: 15_000, retry: 0 },
  );
  if (error) return <Status value="unhealthy" label="Atlas does not answer well" />;
  if (!data) return null;
  return (
    <Group gap={6} wrap="nowrap">
      {data.mode === "mock" && (
        <Tooltip label="Records are made up by the mock connector: no connector can be run here">
          <Badge color="yellow" tt="none" miw="max-content">
            mock
          </Badge>
        </Tooltip>
      )}
      {data.status !== "ok" && (
        <Tooltip label={data.atlas?.reasons.join(" ") ?? "See Settings, System"}>
          <span>
            <Status value={data.status} />
          </span>
        </Tooltip>
      )}
    </Group>
  );
}

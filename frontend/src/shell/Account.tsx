import {
  ActionIcon,
  Button,
  Group,
  Menu,
  Select,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { IconChevronDown, IconMoon, IconSun } from "@tabler/icons-react";

import { useSession } from "@/session/session";

import { HERE, useTimeZone } from "./timeZone";

const ZONES = [...new Set([HERE, "UTC", ...Intl.supportedValuesOf("timeZone")])];

export function Account() {
  const { name, signOut } = useSession();
  const [timeZone, setTimeZone] = useTimeZone();
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme("light") === "dark"; // also where the machine's own is taken
  return (
    <Group gap="xs" wrap="nowrap">
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={isDark ? "Light colours" : "Dark colours"}
        onClick={() => setColorScheme(isDark ? "light" : "dark")}
      >
        {isDark ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
      <Menu position="bottom-end" width={280} closeOnItemClick={false}>
        <Menu.Target>
          <Button
            variant="default"
            size="compact-md"
            maw={{ base: 105, xs: 240 }}
            rightSection={<IconChevronDown size={14} />}
          >
            {name}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Instants are shown in</Menu.Label>
          <Select
            px="sm"
            pb="sm"
            aria-label="Time zone"
            searchable
            data={ZONES}
            value={timeZone}
            onChange={(zone) => zone && setTimeZone(zone)}
            comboboxProps={{ withinPortal: false }}
          />
          <Menu.Divider />
          <Menu.Item closeMenuOnClick onClick={() => void signOut()}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

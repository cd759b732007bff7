import {
  Alert,
  Checkbox,
  Code,
  CopyButton,
  Button,
  Group,
  NumberInput,
  Select,
  Stack,
  Switch,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { useState } from "react";

import { $api, type Schemas } from "@/api/client";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { AsRequest } from "@/parts/AsRequest";
import { ListTable } from "@/parts/ListTable";
import { useAct } from "@/parts/useAct";
import { Loaded } from "@/parts/Loaded";
import { useMayOn } from "@/parts/useMayOn";
import { percent, spoken } from "@/parts/words";

type Rule = Schemas["RuleView"];
type Occasion = Schemas["Occasion"];

const OCCASIONS: Record<Occasion, string> = {
  failure: "a job fails",
  recovery: "a job succeeds after one failed",
  schema_change: "a schema changes",
  quarantine: "records go to quarantine",
};

export function Rules({ connectionId }: { connectionId: string }) {
  const mayChange = useMayOn("editor", connectionId);
  const query = $api.useQuery("get", "/v1/notification-rules", {
    params: { query: { connectionId, limit: 100 } },
  });
  return (
    <>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <Text size="sm" c="dimmed">
              Nobody is told of anything yet.
            </Text>
          ) : (
            <ListTable
              label="Rules"
              minWidth={640}
              heads={["When", "Whom", "Above", "Is told", mayChange && "Act"]}
            >
              {data.map((rule) => (
                <RuleRow key={rule.ruleId} rule={rule} mayChange={mayChange} />
              ))}
            </ListTable>
          )
        }
      </Loaded>
      {mayChange && <NewRule connectionId={connectionId} />}
    </>
  );
}

function RuleRow({ rule, mayChange }: { rule: Rule; mayChange: boolean }) {
  const path = { ruleId: rule.ruleId };
  const request = act("patch", "/v1/notification-rules/{ruleId}", {
    path,
    body: { isActive: !rule.isActive },
  });
  const turn = useAct(request, { done: rule.isActive ? "The rule is off" : "The rule is on" });
  const asksShare = rule.occasions.includes("quarantine");
  return (
    <Table.Tr>
      <Table.Td>{rule.occasions.map((one) => OCCASIONS[one]).join("; ")}</Table.Td>
      <Table.Td>
        {spoken(rule.channel)} <Code>{rule.target}</Code>
      </Table.Td>
      <Table.Td>{asksShare ? `${percent(rule.quarantineShare)} quarantined` : "–"}</Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap">
          <Switch
            aria-label={`Tell ${rule.target}`}
            checked={rule.isActive}
            disabled={!mayChange || turn.isPending}
            onChange={() => turn.mutate()}
          />
          {mayChange && <AsRequest request={request} />}
        </Group>
      </Table.Td>
      {mayChange && (
        <Table.Td>
          <Act
            size="compact-xs"
            variant="light"
            color="red"
            request={act("delete", "/v1/notification-rules/{ruleId}", { path })}
            done="The rule is gone"
            confirm={{
              title: "Take this rule away",
              label: "Take it away",
              danger: true,
              content: (
                <Text size="sm">
                  What it was still to tell goes with it. Another rule for the same webhook has
                  another secret.
                </Text>
              ),
            }}
          >
            Take away
          </Act>
        </Table.Td>
      )}
    </Table.Tr>
  );
}

function NewRule({ connectionId }: { connectionId: string }) {
  const [occasions, setOccasions] = useState<Occasion[]>(["failure", "recovery"]);
  const [channel, setChannel] = useState<Schemas["ChannelName"]>("webhook");
  const [target, setTarget] = useState("");
  const [share, setShare] = useState(0);
  const [secret, setSecret] = useState<string>();
  return (
    <Stack gap="sm">
      <Checkbox.Group label="Tell somebody when" value={occasions} onChange={setOccasions}>
        <Group gap="md" mt={4}>
          {Object.entries(OCCASIONS).map(([value, label]) => (
            <Checkbox key={value} value={value} label={label} />
          ))}
        </Group>
      </Checkbox.Group>
      <Group align="flex-end">
        <Select
          label="By"
          w={130}
          allowDeselect={false}
          data={["webhook", "email"]}
          value={channel}
          onChange={(value) => value && setChannel(value as typeof channel)}
        />
        <TextInput
          label={channel === "webhook" ? "Address of the webhook" : "E-mail address"}
          placeholder={channel === "webhook" ? "https://" : ""}
          miw={300}
          value={target}
          onChange={(event) => setTarget(event.currentTarget.value)}
        />
        {occasions.includes("quarantine") && (
          <NumberInput
            label="Above that share in quarantine"
            suffix=" %"
            min={0}
            max={99.99}
            value={share * 100}
            onChange={(value) => setShare(Number(value) / 100)}
          />
        )}
        <Act
          variant="default"
          disabled={occasions.length === 0 || !target.trim()}
          request={act("post", "/v1/notification-rules", {
            body: {
              connectionId,
              occasions,
              channel,
              target: target.trim(),
              quarantineShare: occasions.includes("quarantine") ? share : 0,
            },
          })}
          done="Somebody is told from now on"
          onDone={(rule) => {
            setTarget("");
            setSecret(rule.secret ?? undefined);
          }}
        >
          Add this rule
        </Act>
      </Group>
      {secret && (
        <Alert color="yellow" title="The secret that this webhook is signed with" role="status">
          <Text size="sm">It is shown here and never again.</Text>
          <Group gap="xs" mt="xs">
            <Code>{secret}</Code>
            <CopyButton value={secret}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="light" onClick={copy}>
                  {copied ? "Copied" : "Copy"}
                </Button>
              )}
            </CopyButton>
          </Group>
        </Alert>
      )}
    </Stack>
  );
}

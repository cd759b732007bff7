import { Badge, Group, Text } from "@mantine/core";
import { IconEyeQuestion, IconShieldCheck, IconShieldLock } from "@tabler/icons-react";

import { percent, spoken } from "./words";

interface Decided {
  verdict: string;
  entity?: string | null | undefined;
  isMasked: boolean;
  decidedBy: string;
  confidence: number;
}

/** What is decided about a path: masked or not, as what, by whom, and how sure Atlas was. */
export function Decision({ decision, brief = false }: { decision: Decided; brief?: boolean }) {
  const Icon = decision.isMasked ? IconShieldLock : IconShieldCheck;
  return (
    <Group gap={6} wrap="nowrap">
      <Badge
        color={decision.isMasked ? "petrol" : "gray"}
        variant="light"
        tt="none"
        miw="max-content"
        leftSection={<Icon size={13} />}
      >
        {decision.isMasked ? `masked${decision.entity ? ` ${decision.entity}` : ""}` : "in clear"}
      </Badge>
      {decision.verdict === "review" && (
        <Badge
          color="grape"
          variant="light"
          tt="none"
          miw="max-content"
          leftSection={<IconEyeQuestion size={13} />}
        >
          to review
        </Badge>
      )}
      {!brief && (
        <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {spoken(decision.verdict)},{" "}
          {decision.decidedBy === "person"
            ? "by a person"
            : `by Atlas, ${percent(decision.confidence)} sure`}
        </Text>
      )}
    </Group>
  );
}

/** True of an action by which a value is replaced by a token. */
export const isMask = (action: string): boolean => action !== "pass" && action !== "warn";

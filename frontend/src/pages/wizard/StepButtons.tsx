import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";

/** The way back and on, at the end of a step. */
export function StepButtons({ onBack, onNext, isReady = true, children }: Props) {
  return (
    <Group justify="space-between" mt="lg">
      {onBack ? (
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
      ) : (
        <span />
      )}
      <Group gap="xs">
        {children}
        {onNext && (
          <Button disabled={!isReady} onClick={onNext}>
            Go on
          </Button>
        )}
      </Group>
    </Group>
  );
}

interface Props {
  onBack?: () => void;
  onNext?: () => void;
  isReady?: boolean;
  children?: ReactNode;
}

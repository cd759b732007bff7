import { Stepper } from "@mantine/core";
import { useCallback, useState } from "react";
import { useSearchParams } from "react-router";

import { Empty } from "@/parts/Empty";
import { Page } from "@/parts/Page";
import { useMaySomewhere } from "@/session/session";

import { type Entered, NOTHING } from "./entered";
import { StepConnector } from "./StepConnector";
import { StepCreate } from "./StepCreate";
import { StepSchedule } from "./StepSchedule";
import { StepSource } from "./StepSource";
import { StepStreams } from "./StepStreams";
import { StepTerms } from "./StepTerms";

export interface StepProps {
  entered: Entered;
  enter: (patch: Partial<Entered> | ((before: Entered) => Partial<Entered>)) => void;
  onNext: () => void;
  onBack: () => void;
}

/** From a connector to a connection, and to its first job. */
export function NewConnection() {
  const mayMake = useMaySomewhere("editor");
  const [search] = useSearchParams();
  const named = search.get("connector") ?? undefined;
  const [entered, setEntered] = useState<Entered>({ ...NOTHING, connector: named });
  const enter = useCallback<StepProps["enter"]>(
    (patch) =>
      setEntered((before) => ({
        ...before,
        ...(typeof patch === "function" ? patch(before) : patch),
      })),
    [],
  );
  const [step, setStep] = useState(named ? 1 : 0);
  const [furthest, setFurthest] = useState(step);

  if (!mayMake) {
    return (
      <Page title="New connection" trail={[["Connections", "/connections"]]}>
        <Empty title="An editor makes connections.">Ask somebody who has this role.</Empty>
      </Page>
    );
  }
  const go = (to: number) => {
    setStep(to);
    setFurthest((before) => Math.max(before, to));
  };
  const props: StepProps = {
    entered,
    enter,
    onNext: () => go(step + 1),
    onBack: () => setStep(Math.max(0, step - 1)),
  };
  const canGo = (to: number) => to <= furthest && (to < 2 || Boolean(entered.source));
  return (
    <Page title="New connection" trail={[["Connections", "/connections"]]}>
      <Stepper
        active={step}
        onStepClick={(to) => canGo(to) && setStep(to)}
        size="sm"
        styles={{ steps: { overflowX: "auto", flexWrap: "nowrap", paddingBottom: 8 } }}
      >
        <Stepper.Step label="Connector" description={entered.connector} allowStepSelect>
          <StepConnector {...props} />
        </Stepper.Step>
        <Stepper.Step label="Source" allowStepSelect={canGo(1)}>
          <StepSource {...props} />
        </Stepper.Step>
        <Stepper.Step label="Streams" allowStepSelect={canGo(2)}>
          <StepStreams {...props} />
        </Stepper.Step>
        <Stepper.Step label="Tables and policies" allowStepSelect={canGo(3)}>
          <StepTerms {...props} />
        </Stepper.Step>
        <Stepper.Step label="Schedule" allowStepSelect={canGo(4)}>
          <StepSchedule {...props} />
        </Stepper.Step>
        <Stepper.Step label="Create" allowStepSelect={canGo(5)}>
          <StepCreate {...props} />
        </Stepper.Step>
      </Stepper>
    </Page>
  );
}

import { Stepper } from "@mantine/core";
import { useCallback, useEffect, useState } from "react";
import { useSearchParams } from "react-router";

import { $api } from "@/api/client";
import { Empty } from "@/parts/Empty";
import { Loaded } from "@/parts/Loaded";
import { Page } from "@/parts/Page";
import { useMaySomewhere } from "@/session/session";

import { addressOf, enteredOf, placeOf, type Place } from "./address";
import { type Entered, NOTHING } from "./entered";
import { Leaving } from "./Leaving";
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

/** From a connector to a connection, and to its first job. A reload goes on with the source of the address. */
export function NewConnection() {
  const mayMake = useMaySomewhere("editor");
  const [search] = useSearchParams();
  const [place] = useState(() => placeOf(search));
  const kept = $api.useQuery(
    "get",
    "/v1/sources/{sourceId}",
    { params: { path: { sourceId: place.sourceId ?? "" } } },
    { enabled: mayMake && place.sourceId !== undefined, staleTime: Infinity },
  );
  return (
    <Page title="New connection" trail={[["Connections", "/connections"]]}>
      {!mayMake ? (
        <Empty title="An editor makes connections.">Ask somebody who has this role.</Empty>
      ) : place.sourceId === undefined ? (
        <Steps place={place} known={{ connector: place.connector }} />
      ) : (
        <Loaded query={kept}>
          {(source) => <Steps place={place} known={enteredOf(source, place.isOwnSource)} />}
        </Loaded>
      )}
    </Page>
  );
}

function Steps({ place, known }: { place: Place; known: Partial<Entered> }) {
  const [search, setSearch] = useSearchParams();
  const [entered, setEntered] = useState<Entered>({ ...NOTHING, ...known });
  const enter = useCallback<StepProps["enter"]>(
    (patch) =>
      setEntered((before) => ({
        ...before,
        ...(typeof patch === "function" ? patch(before) : patch),
      })),
    [],
  );
  const [step, setStep] = useState(place.step);
  const [furthest, setFurthest] = useState(step);
  const address = addressOf(step, entered).toString();
  const isThere = search.toString() === address;
  useEffect(() => {
    if (!isThere) setSearch(address, { replace: true });
  }, [isThere, address, setSearch]);

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
    <>
      <Leaving entered={entered} />
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
    </>
  );
}

import { Alert, Code, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answered, api, type Schemas } from "@/api/client";
import { moreOf } from "@/api/paging";
import { act } from "@/api/request";
import { Act } from "@/parts/Act";
import { At } from "@/parts/At";
import { Empty } from "@/parts/Empty";
import { useFilters } from "@/parts/filters";
import { ListTable } from "@/parts/ListTable";
import { Loaded } from "@/parts/Loaded";
import { MoreButton } from "@/parts/MoreButton";
import { Section } from "@/parts/Section";
import { TextFilter } from "@/parts/TextFilter";
import { count } from "@/parts/words";
import { useMayEverywhere } from "@/session/session";

type Verdict = Schemas["VerdictView"];

export function Audit() {
  const [{ action }, setFilter] = useFilters("action");
  const mayVerify = useMayEverywhere("admin");
  const [verdict, setVerdict] = useState<Verdict>();
  const entries = useInfiniteQuery({
    queryKey: ["audit", action],
    queryFn: ({ pageParam }) =>
      answered(
        api.GET("/v1/audit", {
          params: {
            query: {
              limit: 100,
              ...(action ? { action } : {}),
              ...(pageParam ? { before: pageParam } : {}),
            },
          },
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const rows = entries.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Section
      title="Audit"
      about="Every change and every look at personal data, in a chain: what was changed or taken out of it later is found."
      acts={
        mayVerify && (
          <Act variant="default" request={act("post", "/v1/audit/verify", {})} onDone={setVerdict}>
            Verify the whole log
          </Act>
        )
      }
    >
      {verdict && (
        <Alert
          mb="md"
          color={verdict.isWhole ? "teal" : "red"}
          title={
            verdict.isWhole
              ? "The log is as it was written"
              : `The log was changed at entry ${verdict.brokenAt}`
          }
        >
          {count(verdict.entries)} entries read; the head of the chain is{" "}
          <Code>{verdict.head}</Code>.
        </Alert>
      )}
      <TextFilter
        label="Action"
        placeholder="such as createUser"
        w={300}
        mb="sm"
        value={action}
        onChange={(text) => setFilter("action", text)}
      />
      <Loaded query={entries}>
        {() =>
          rows.length ? (
            <>
              <ListTable
                label="Audit entries"
                minWidth={760}
                heads={["Entry", "At", "Who", "Action", "Subject and facts"]}
              >
                {rows.map((entry) => (
                  <Table.Tr key={entry.entryId}>
                    <Table.Td>{entry.entryId}</Table.Td>
                    <Table.Td>
                      <At at={entry.recordedAt} exact />
                    </Table.Td>
                    <Table.Td>
                      {entry.actorName}{" "}
                      <Text span size="xs" c="dimmed">
                        {entry.actorKind}
                      </Text>
                    </Table.Td>
                    <Table.Td>{entry.action}</Table.Td>
                    <Table.Td>
                      <Text size="xs">{entry.subject}</Text>
                      {Object.keys(entry.facts).length > 0 && (
                        <Code>{JSON.stringify(entry.facts)}</Code>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </ListTable>
              <MoreButton more={moreOf(entries)} label="Older entries" />
            </>
          ) : (
            <Empty title="No entry is like this" />
          )
        }
      </Loaded>
    </Section>
  );
}

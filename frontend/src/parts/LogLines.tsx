import { Text } from "@mantine/core";

import type { More } from "@/api/paging";

import { At } from "./At";
import { type Columns, DataTable } from "./DataTable";
import { Empty } from "./Empty";
import { Loaded } from "./Loaded";
import classes from "./LogLines.module.css";
import { count } from "./words";

interface Props<T> {
  log: {
    rows: T[];
    data: unknown;
    error: Error | null;
    more: More;
  };
  columns: Columns<T>;
  /** Lines that were over the limit of what is kept of one log. */
  dropped: number;
  /** When its lines were let go of for their age. */
  forgottenAt?: string | undefined;
  wraps?: boolean;
  /** True while the newest line is kept in sight. */
  follows?: boolean;
}

/** The lines of a log, and how many of them were not kept. */
export function LogLines<T>({
  log,
  columns,
  dropped,
  forgottenAt,
  wraps = true,
  follows = false,
}: Props<T>) {
  return (
    <>
      {dropped > 0 && (
        <Text size="sm" c="orange" mb="xs">
          {count(dropped)} lines were over the limit of a log and are not kept.
        </Text>
      )}
      <Loaded query={log}>
        {() =>
          log.rows.length ? (
            <div className={classes.log} data-wraps={wraps}>
              <DataTable
                label="Log"
                rows={log.rows}
                columns={columns}
                rowHeight={30}
                height={420}
                follows={follows}
                more={log.more}
              />
            </div>
          ) : (
            <Empty title={forgottenAt ? "Its lines are not kept any more" : "No line is like this"}>
              {forgottenAt && (
                <>
                  They were let go of for their age, <At at={forgottenAt} />.
                </>
              )}
            </Empty>
          )
        }
      </Loaded>
    </>
  );
}

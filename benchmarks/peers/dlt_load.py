"""dlt loading a file of records into PostgreSQL: `python dlt_load.py SOCKET_FOLDER HOW FILE [SECOND_FILE]`.

Runs in dlt's own environment. The answer is JSON on the last line of stdout: the seconds of each load, past
import and start-up. `how` is default, arrow (its fastest that was found: tables, CSV, wider buffers) or scd2.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

BLOCK = 5_000


def blocks(file: str) -> Iterator[list[dict[str, object]]]:
    import orjson

    some: list[dict[str, object]] = []
    with Path(file).open("rb") as lines:
        for line in lines:
            some.append(orjson.loads(line))
            if len(some) == BLOCK:
                yield some
                some = []
    if some:
        yield some


def arrow_tables(file: str) -> Iterator[object]:
    import orjson
    import pyarrow

    for some in blocks(file):
        for record in some:
            record["address"] = orjson.dumps(record["address"]).decode()
        yield pyarrow.Table.from_pylist(some)


def main(socket_folder: str, how: str, *files: str) -> None:
    host = quote(socket_folder, safe="")  # libpq takes a folder, percent-encoded, for a host
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "DESTINATION__POSTGRES__CREDENTIALS": f"postgresql://atlas:none@{host}:5432/postgres",
    }
    if how != "default":
        os.environ |= {
            "DATA_WRITER__BUFFER_MAX_ITEMS": "20000",
            "NORMALIZE__WORKERS": "2",
            "LOAD__WORKERS": "4",
            "NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS": "50000",
            "EXTRACT__DATA_WRITER__FILE_MAX_ITEMS": "50000",
        }
    import dlt

    folder = tempfile.mkdtemp(prefix="atlas-peer-")
    pipeline = dlt.pipeline(
        f"peer_{how}_{os.getpid()}", destination="postgres", dataset_name=f"peer_{os.getpid()}", pipelines_dir=folder
    )  # fmt: skip
    walls = []
    for file in files:
        if how == "scd2":
            merge = {"disposition": "merge", "strategy": "scd2"}
            resource = dlt.resource(
                blocks(file), name="users", write_disposition=merge, max_table_nesting=0
            )
        else:
            rows = arrow_tables(file) if how == "arrow" else blocks(file)
            resource = dlt.resource(rows, name="users", write_disposition="replace")
        began = time.perf_counter()
        info = pipeline.run(resource, loader_file_format=None if how == "default" else "csv")
        walls.append(time.perf_counter() - began)
        info.raise_on_failed_jobs()
    with pipeline.sql_client() as client:
        ((rows,),) = client.execute_sql("SELECT count(*) FROM users")
        client.execute_sql(f"DROP SCHEMA {client.dataset_name} CASCADE")
    print("\n" + json.dumps({"walls_s": walls, "rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])

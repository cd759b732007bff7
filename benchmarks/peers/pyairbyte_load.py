"""PyAirbyte reading the replaying connector into its own PostgresCache.

Run by run.py: `python peer.py SOURCE SOCKET_FOLDER`; the answer is JSON on the last line of stdout:
records, and seconds of the read past import and start-up.
"""

import json
import os
import sys
import tempfile
import time


def main(source: str, socket_folder: str) -> None:
    folder = tempfile.mkdtemp(prefix="atlas-peer-")
    os.environ |= {
        "AIRBYTE_OFFLINE_MODE": "1",
        "DO_NOT_TRACK": "1",
        "AIRBYTE_CACHE_ROOT": folder,
        "AIRBYTE_LOGGING_ROOT": folder,
        "AIRBYTE_PROJECT_DIR": folder,
        "PGHOST": socket_folder,  # the server listens on its socket alone; the cache knows hosts
    }
    import airbyte
    from airbyte.caches import PostgresCache

    found = airbyte.get_source(
        "source-faker", config={}, local_executable=source, install_if_missing=False, streams="*"
    )
    cache = PostgresCache(
        host="", port=5432, username="atlas", password="none", database="postgres",
        schema_name=f"peer_{os.getpid()}",
    )  # fmt: skip
    began = time.perf_counter()
    records = found.read(cache=cache, force_full_refresh=True).processed_records
    print("\n" + json.dumps({"records": records, "wall_s": time.perf_counter() - began}))


if __name__ == "__main__":
    main(*sys.argv[1:])

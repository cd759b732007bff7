"""How many records a CPU-second the reader takes from a connector's pipe: read, cut, batched.

Run: `.venv/bin/python benchmarks/reader.py`. The connector is `cat` of a file that it makes, of
569-byte records with a STATE every thousand; only this process' CPU time is counted.
"""

import asyncio
import contextlib
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "backend"))

from app.core.catalog import (
    ConfiguredCatalog,
    ConfiguredStream,
    Stream,
    StreamDescriptor,
    SyncMode,
)
from app.core.settings import Settings
from app.sources.protocol import CommandConnector

RECORDS = 300_000
RECORD_BYTES = 569
ROUNDS = 5
USERS = StreamDescriptor("users")


def record(ending: bytes) -> bytes:
    fields = b",".join(b'"column_%02d":"value %05d"' % (n, n) for n in range(18))
    start = b'{"id":123,' + fields + b',"text":"'
    return start + b"x" * (RECORD_BYTES - len(start) - len(ending)) + ending


def write(path: Path, data: bytes) -> None:
    line = b'{"type":"RECORD","record":{"stream":"users","data":%s,"emitted_at":1795325148997}}\n'
    state = (
        b'{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"users"},'
        b'"stream_state":{"n":%d}},"sourceStats":{"recordCount":1000.0}}}\n'
    )
    with path.open("wb") as file:
        for number in range(RECORDS // 1_000):
            file.write(line % data * 1_000 + state % number)


async def measure(path: Path) -> tuple[float, float]:
    """Records a CPU-second and a second."""
    connector = CommandConnector(
        command=["/bin/sh", "-c", 'exec cat "$0"', str(path)], settings=Settings.model_validate({})
    )
    users = ConfiguredStream(
        stream=Stream(descriptor=USERS, json_schema={}), sync_mode=SyncMode.INCREMENTAL_APPEND
    )
    started, cpu, records = time.perf_counter(), time.process_time(), 0
    catalog = ConfiguredCatalog(streams=(users,))
    async with contextlib.aclosing(connector.read({}, catalog, [])) as landings:
        async for landing in landings:
            records += sum(batch.read for batch in landing.batches)
    assert records == RECORDS
    return records / (time.process_time() - cpu), records / (time.perf_counter() - started)


def main() -> None:
    for name, ending in (("flat", b'"}'), ("nested", b'","address":{"city":"x"}}')):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "lines.jsonl"
            write(path, record(ending))
            rounds = sorted(asyncio.run(measure(path)) for _ in range(ROUNDS))
        cpu, wall = rounds[ROUNDS // 2]
        print(f"{name:8} {cpu / 1e3:6.0f}k records/CPU-s   {wall / 1e3:6.0f}k records/s")


if __name__ == "__main__":
    main()

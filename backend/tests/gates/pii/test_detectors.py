import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.failures import (
    GateUnavailable,
)
from app.core.findings import Entity
from app.gates.pii.detectors import DetectorPool, Detectors, SpanCache
from app.gates.pii.recognizers import Span, parts
from tests.fixtures.detectors import KnownNames


def pids(pool: DetectorPool) -> list[int]:
    assert pool.executor is not None
    return list(pool.executor._processes)


@pytest.fixture
async def fresh() -> AsyncIterator[DetectorPool]:
    pool = DetectorPool(processes=1, timeout_s=120)
    yield pool
    pool.close()


@pytest.mark.parametrize("kind", ["real", "fake"])
async def test_spans_come_in_the_order_of_the_texts(kind: str, detectors: DetectorPool) -> None:
    port: Detectors = detectors if kind == "real" else KnownNames()
    texts = ["Anna Berg lives in Berlin.", "nothing here", "John Smith", "nothing here", ""]

    found = await port.find(texts)

    assert len(found) == len(texts)
    assert [span.entity for span in found[0]] == [Entity.PERSON, Entity.LOCATION]
    assert texts[2][found[2][0].start : found[2][0].end] == "John Smith"
    assert not found[1]
    assert not found[4]
    assert port.version


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("Write to anna.berg@example.org today", Entity.EMAIL_ADDRESS),
        ("My card is 4111 1111 1111 1111", Entity.CREDIT_CARD),
        ("Ring 06-10446904 after five", Entity.PHONE_NUMBER),
        ("Pay DE89370400440532013000 please", Entity.IBAN_CODE),
        ("Deliver to 12 Main Street, Springfield 01101", Entity.STREET_ADDRESS),
        ("The server is 192.168.1.17", Entity.IP_ADDRESS),
    ],
)
async def test_patterns_are_found_in_text(
    text: str, entity: Entity, detectors: DetectorPool
) -> None:
    [spans] = await detectors.find([text])

    assert entity in {span.entity for span in spans}


async def test_a_text_is_judged_once(detectors: DetectorPool) -> None:
    first = await detectors.find(["Anna Berg", "Anna Berg"])
    detectors.executor = None  # a second question would have to load the model again

    assert await detectors.find(["Anna Berg", "Anna Berg"]) == first
    assert detectors.executor is None


async def test_a_dead_process_is_an_error_and_the_next_call_has_a_new_one(
    fresh: DetectorPool,
) -> None:
    await fresh.find(["Anna Berg"])
    os.kill(pids(fresh)[0], signal.SIGKILL)

    with pytest.raises(GateUnavailable):
        await fresh.find(["John Smith"])

    assert await fresh.find(["John Smith"])


async def test_a_silent_process_is_ended(fresh: DetectorPool) -> None:
    await fresh.find(["Anna Berg"])
    silent = pids(fresh)[0]
    os.kill(silent, signal.SIGSTOP)
    fresh.timeout_s = 0.2

    with pytest.raises(GateUnavailable) as raised:
        await fresh.find(["a secret text"])

    assert "secret" not in f"{raised.value} {raised.value.facts}"
    assert fresh.executor is None
    await ended(silent)


async def test_who_does_not_wait_any_more_leaves_no_error_behind(fresh: DetectorPool) -> None:
    """asyncio would tell of one that nobody asks for, when the process ends."""
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
    await fresh.find(["Anna Berg"])
    silent = pids(fresh)[0]
    os.kill(silent, signal.SIGSTOP)
    asking = asyncio.create_task(fresh.find(["John Smith"]))
    await asyncio.sleep(0.1)

    asking.cancel()
    await asyncio.wait({asking})
    os.kill(silent, signal.SIGKILL)
    await ended(silent)
    await asyncio.sleep(0.2)
    del asking
    gc.collect()

    assert complaints == []


async def ended(pid: int) -> None:
    async with asyncio.timeout(10):
        while is_alive(pid):  # noqa: ASYNC110  nothing tells of its end but its absence
            await asyncio.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_detector_process_is_small(detectors: DetectorPool) -> None:
    await detectors.find(
        [f"Anna Berg wrote note {index} from Berlin. " * 60 for index in range(80)]
    )

    with open(f"/proc/{pids(detectors)[0]}/status") as status:  # noqa: ASYNC230, PTH123
        [resident] = [line.split()[1] for line in status if line.startswith("VmHWM")]
    assert int(resident) < 600 * 1024


def test_the_cache_forgets_the_oldest_and_holds_no_text() -> None:
    cache = SpanCache(limit=2)
    spans: Sequence[Span] = [Span(0, 1, Entity.PERSON, 1.0)]

    for text in ("one", "two", "three"):
        cache.keep(cache.name_of(text), spans)

    assert [cache.name_of(text) in cache.entries for text in ("one", "two", "three")] == [
        False,
        True,
        True,
    ]
    assert b"three" not in b"".join(cache.entries)
    assert SpanCache().name_of("one") != cache.name_of("one")


async def test_a_detector_process_ends_with_a_parent_that_was_killed() -> None:
    script = (
        "import os\n"
        "from app.gates.pii.detectors import DetectorPool\n"
        "pool = DetectorPool(processes=1, timeout_s=60)\n"
        "pool.running().submit(os.getpid).result()\n"
        "print(*pool.executor._processes, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )

    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    told, _ = await parent.communicate()

    await ended(int(told))


@given(st.lists(st.text(max_size=9), max_size=30), st.integers(1, 5), st.integers(1, 20))
def test_parts_lose_nothing_and_keep_their_limits(
    texts: list[str], count: int, characters: int
) -> None:
    found = list(parts(texts, count, characters))

    assert [text for part in found for text in part] == texts
    assert all(0 < len(part) <= count for part in found)
    assert all(len(part) == 1 or sum(map(len, part)) <= characters for part in found)

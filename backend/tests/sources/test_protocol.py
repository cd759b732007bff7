"""Tests of app/sources/protocol.py, and through it of the process that it runs."""

import asyncio
import contextlib
import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.core.catalog import ReadMode, StreamDescriptor
from app.core.configurations import Clear, Opened
from app.core.failures import (
    ConnectorConfigRefused,
    ConnectorFailed,
    ConnectorFailedTransiently,
    ConnectorNotInstalled,
    ConnectorProtocolBroken,
    ConnectorSilent,
    RecordsMissing,
    StreamIncomplete,
)
from app.core.records import Landing, StateKind
from app.sources.mock_ledger import expected
from app.sources.port import Listener
from app.sources.protocol import CommandConnector
from tests.sources.reading import chosen, is_alive, ledger, mocked, read, script, settings

MANY = {"name": "orders", "records": 10_000, "state_every": 100}


async def test_what_the_ledger_sends_arrives_byte_by_byte() -> None:
    config = ledger(MANY, {"name": "items", "records": 50, "namespace": "shop"})

    result = await read(mocked(), config)

    assert result.error is None
    assert result.records() == expected(config, "orders")
    assert result.records("items") == expected(config, "items")
    assert result.completed == ["orders", "shop.items"]


async def test_a_state_every_hundred_records_is_not_a_landing_every_hundred() -> None:
    result = await read(mocked(), ledger(MANY))

    read_by_landing = [sum(b.read for b in landing.batches) for landing in result.landings]
    assert read_by_landing == [*[2_000] * 5, 0]


async def test_a_state_given_back_reads_on_from_there() -> None:
    config = ledger(MANY)
    first = await read(mocked(), {**config, "die_at": 7_050, "exit_code": 1})

    second = await read(mocked(), config, first.states[-1:])

    assert isinstance(first.error, ConnectorFailedTransiently)
    assert len(first.records()) == 7_000
    assert first.records() + second.records() == expected(config, "orders")


@pytest.mark.parametrize("kind", ["stream", "global", "legacy"])
async def test_each_kind_of_state_goes_back_as_it_was_sent(kind: str) -> None:
    streams = [{**MANY, "name": name} for name in ("orders", "items")]
    config = ledger(*streams, state_kind=kind, interleave=True)

    first = await read(mocked(), {**config, "die_at": 9_990, "exit_code": 1})
    newest = {state.descriptor: state for state in first.states}
    second = await read(mocked(), config, list(newest.values()))

    assert {state.kind for state in first.states} == {StateKind(kind.upper())}
    for name in ("orders", "items"):
        assert first.records(name) + second.records(name) == expected(config, name)


async def test_a_read_from_the_last_state_gives_a_landing_without_batches() -> None:
    first = await read(mocked(), ledger())

    again = await read(mocked(), ledger(), first.states)

    assert again.records() == []
    assert again.completed == ["orders"]
    assert again.states[0].message.startswith(b'{"type":"STREAM"')


async def test_discover_gives_the_catalog_in_atlas_words() -> None:
    catalog = await mocked().discover(ledger({"name": "a", "records": 1, "namespace": "n"}))

    stream = catalog.streams[0]
    assert stream.descriptor == StreamDescriptor("a", "n")
    assert stream.supported == (ReadMode.FULL_REFRESH, ReadMode.INCREMENTAL)
    assert stream.source_defined_primary_key == (("id",),)
    assert stream.default_cursor_field == ("updated_at",)


async def test_a_failed_check_is_a_verdict_not_an_error() -> None:
    check = await mocked().check({"count": -1})

    assert not check.succeeded
    assert "count" in check.message


@pytest.mark.parametrize(
    ("failure_type", "error"),
    [
        ("config_error", ConnectorConfigRefused),
        ("transient_error", ConnectorFailedTransiently),
        ("system_error", ConnectorFailed),
        ("of a new kind", ConnectorFailed),
    ],
)
async def test_a_trace_says_who_can_mend_it(failure_type: str, error: type[Exception]) -> None:
    trace = {
        "message": "The token hunter22 is wrong.",
        "internal_message": "secret stack",
        "stack_trace": "secret stack",
        "failure_type": failure_type,
    }
    config = ledger(MANY, trace_error=trace, die_at=3_050, exit_code=1)

    result = await read(mocked(), {**config, "api_token": "hunter22"})

    assert type(result.error) is error
    assert str(result.error) == "The token [redacted] is wrong."
    assert isinstance(result.error, ConnectorFailed)
    assert result.error.facts == {"exit_code": 1}
    assert len(result.records()) == 3_000


async def test_a_signal_is_named() -> None:
    result = await read(mocked(), ledger(die_at=5, die_by_signal=9))

    assert isinstance(result.error, ConnectorFailedTransiently)
    assert result.error.facts == {"exit_code": -9}


async def test_an_error_that_a_clean_exit_hides_is_still_an_error() -> None:
    trace = {"message": "One stream failed.", "failure_type": "transient_error"}

    result = await read(mocked(), ledger(trace_error=trace))

    assert isinstance(result.error, ConnectorFailedTransiently)


async def test_a_stream_that_is_incomplete_fails_after_its_records() -> None:
    result = await read(mocked(), ledger(incomplete=["orders"]))

    assert isinstance(result.error, StreamIncomplete)
    assert len(result.records()) == 100
    assert result.completed == []


async def test_a_connector_without_statuses_completes_by_its_exit() -> None:
    result = await read(mocked(), ledger(no_status=True))

    assert result.error is None
    assert result.completed == ["orders"]


async def test_a_wrong_count_keeps_its_state_back() -> None:
    result = await read(mocked(), ledger(wrong_counts=True))

    assert isinstance(result.error, RecordsMissing)
    assert result.error.facts["counted"] == 101
    assert result.error.facts["arrived"] == 100
    assert result.states == []


async def test_records_land_without_a_state_after_a_silence() -> None:
    connector = mocked(landing_silence_s=0.2, source_idle_timeout_s=0.6)
    config = ledger({**MANY, "state_every": 100}, hang_at=150)

    result = await read(connector, config)

    assert isinstance(result.error, ConnectorSilent)
    assert [landing.state is not None for landing in result.landings] == [True, False]
    assert result.records() == expected(config, "orders")[:150]


async def test_a_silent_connector_is_ended(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    connector = mocked(landing_silence_s=0.1, source_idle_timeout_s=0.4)
    config = ledger(MANY, hang_at=2_500, grandchild_pid_file=str(pid_file), ignore_sigterm=True)

    result = await read(connector, config)

    assert isinstance(result.error, ConnectorSilent)
    assert result.records()[:2_000] == expected(config, "orders")[:2_000]
    assert not is_alive(int(pid_file.read_text()))


@pytest.mark.parametrize("way", ["break", "raise", "cancel"])
async def test_however_the_consumer_leaves_nothing_keeps_running(tmp_path: Path, way: str) -> None:
    pid_file = tmp_path / "pid"
    connector = mocked(grace_s=0.3)
    config = ledger(
        {"name": "orders", "records": 10_000_000},
        grandchild_pid_file=str(pid_file),
        grandchild_escapes=way == "cancel",
        ignore_sigterm=True,
    )
    catalog = chosen(await connector.discover(config))

    async def consume() -> None:
        async with contextlib.aclosing(connector.read(config, catalog, [])) as landings:
            async for _ in landings:
                if way == "raise":
                    raise LookupError
                if way == "break":
                    break
                await asyncio.sleep(60)

    task = asyncio.create_task(consume())
    await asyncio.sleep(1.0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, LookupError):
        await task

    assert not is_alive(int(pid_file.read_text()))


@pytest.mark.parametrize("escapes", [False, True])
async def test_a_grandchild_does_not_outlive_a_connector_that_ends_well(
    escapes: bool, tmp_path: Path
) -> None:
    """Also one that has left the connector's group and session."""
    pid_file = tmp_path / "pid"
    started = time.monotonic()
    config = ledger(MANY, grandchild_pid_file=str(pid_file), grandchild_escapes=escapes)

    result = await read(mocked(), config)

    assert result.error is None
    assert not is_alive(int(pid_file.read_text()))
    assert time.monotonic() - started < 5


async def test_a_slow_consumer_makes_the_connector_wait(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    program = tmp_path / "endless"
    line = '{"type":"RECORD","record":{"stream":"orders","data":{"a":"%s"},"emitted_at":1}}' % (
        "x" * 1_000
    )
    program.write_text(
        "#!/bin/sh\ni=0\nwhile [ $i -lt 60000 ]; do\n"
        f"echo '{line}'\ni=$((i+1)); echo $i > {mark}\ndone\n"
    )
    program.chmod(0o700)
    connector = CommandConnector(command=[str(program)], settings=settings(landing_bytes=100_000))
    catalog = chosen(await mocked().discover(ledger()))

    async with contextlib.aclosing(connector.read({}, catalog, [])) as landings:
        await anext(landings)
        await asyncio.sleep(1.5)
        early = int(mark.read_text() or 0)
        await asyncio.sleep(0.5)
        late = int(mark.read_text() or 0)

    assert late == early < 3_000


async def test_garbage_is_counted_and_shown_but_for_what_may_be_a_record() -> None:
    logs: list[tuple[str, str]] = []
    connector = mocked(Listener(on_log=lambda level, text: logs.append((level, text))))

    plain = await read(connector, ledger(garbage_at=10))
    cut = await read(connector, ledger(garbage_at=10, garbage='{"name":"Ana", "tele'))

    assert plain.error is None
    assert cut.error is None
    assert logs == [("WARN", "this is no message"), ("WARN", "A line of 20 bytes is no message.")]


async def test_nothing_but_garbage_is_no_empty_sync(tmp_path: Path) -> None:
    utf16 = '{"type": "RECORD"}'.encode("utf-16")

    landings, error = await read_command(script(tmp_path, [utf16]))

    assert landings == []
    assert isinstance(error, ConnectorProtocolBroken)


async def test_too_much_garbage_breaks_the_protocol() -> None:
    result = await read(mocked(), ledger(garbage_at=10, garbage_lines=1_001))

    assert isinstance(result.error, ConnectorProtocolBroken)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("[1,2]", "not_object"),
        ('"text"', "not_object"),
        ("null", "not_object"),
        ('{"a":' * 300 + "1" + "}" * 300, "too_deep"),
        ('{"a":"' + "x" * 200_000 + '"}', "value_too_large"),
        ("{" + ",".join(f'"{n}":1' for n in range(6_000)) + "}", "too_many_keys"),
        ("{broken", "bad_envelope"),
    ],
)
async def test_a_bad_record_is_refused_and_its_neighbours_are_not(row: str, rule: str) -> None:
    stream = {"name": "orders", "records": 100, "bad_rows": {"50": row}}

    result = await read(mocked(value_bytes=100_000), ledger(stream))

    assert result.error is None
    assert result.rules == [rule]
    assert result.records() == expected(ledger(), "orders")


async def test_bytes_that_are_no_text_pass_untouched() -> None:
    row = b'{"a":"\xff\xfe\\u0000","b":NaN}'
    stream = {"name": "orders", "records": 10, "bad_rows": {"5": "hex:" + row.hex()}}

    result = await read(mocked(), ledger(stream))

    assert result.error is None
    assert result.records()[5] == row


async def test_a_line_that_is_too_long_leaves_its_head() -> None:
    config = ledger(long_line_at=20, long_line_bytes=3_000_000)

    result = await read(mocked(line_bytes=1_000_000), config)

    assert result.error is None
    assert result.rules == ["line_too_long"]
    assert len(result.records()) == 100
    refused = [r for one in result.landings for batch in one.batches for r in batch.refused]
    assert refused[0].head.startswith(b'{"type":"RECORD","record":{"stream":"orders"')
    assert (len(refused[0].head), refused[0].size_bytes > 3_000_000) == (65_536, True)


STATE = b'{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"%s"}}}}'
RECORD = b'{"type":"RECORD","record":{"stream":"%s","data":{"a":1},"emitted_at":1}}'


@pytest.mark.parametrize(
    "line",
    [
        RECORD % b"unasked",
        STATE % b"unasked",
        b'{"type":"STATE","state":{"type":"STREAM"}}',
        b'{"type":"STATE","state":{"type":"OTHER"}}',
        b'{"type":"STATE","state":{}}',
        b'{"type":"STATE"}',
        b'{"type":"STATE","state":5}',
    ],
)
async def test_what_was_not_asked_for_or_makes_no_sense_ends_the_read(
    tmp_path: Path, line: bytes
) -> None:
    command = script(tmp_path, [RECORD % b"orders", STATE % b"orders", RECORD % b"orders", line])

    landings, error = await read_command(command)

    assert isinstance(error, ConnectorProtocolBroken)
    assert [one.state is not None for one in landings] == [True]


async def test_messages_of_kinds_yet_unknown_are_ignored(tmp_path: Path) -> None:
    lines = [b'{"type":"NEW","new":{}}', b'{"type":"TRACE","trace":{"type":"ANALYTICS"}}']

    landings, error = await read_command(script(tmp_path, [*lines, RECORD % b"orders"]))

    assert error is None
    assert [batch.records for one in landings for batch in one.batches] == [[b'{"a":1}']]


async def test_a_message_is_what_its_type_says_whatever_else_it_holds(tmp_path: Path) -> None:
    line = (STATE % b"orders")[:-1] + b',"record":{"stream":"orders","data":{},"emitted_at":1}}'

    landings, error = await read_command(script(tmp_path, [line]))

    assert error is None
    assert [(one.batches, one.state is not None) for one in landings] == [((), True), ((), False)]


async def test_the_last_line_needs_no_newline(tmp_path: Path) -> None:
    command = script(tmp_path, [b""])
    (tmp_path / "said").write_bytes(b"\xef\xbb\xbf" + RECORD % b"orders")

    landings, error = await read_command(command)

    assert error is None
    assert [batch.records for one in landings for batch in one.batches] == [[b'{"a":1}']]


async def read_command(command: Sequence[str]) -> tuple[list[Landing], Exception | None]:
    connector = CommandConnector(command=command, settings=settings())
    catalog = chosen(await mocked().discover(ledger()))
    landings: list[Landing] = []
    try:
        async with contextlib.aclosing(connector.read({}, catalog, [])) as reading:
            async for landing in reading:
                landings.append(landing)  # noqa: PERF401  an error keeps what came before it
    except ConnectorFailed as error:
        return landings, error
    return landings, None


async def test_stderr_is_drained_and_capped() -> None:
    logs: list[str] = []
    connector = mocked(Listener(on_log=lambda _, text: logs.append(text)))

    result = await read(connector, ledger(stderr_bytes=5_000_000))

    assert result.error is None
    assert len(logs) == 1_001


async def test_secrets_are_redacted_wherever_they_are_said() -> None:
    logs: list[str] = []
    connector = mocked(Listener(on_log=lambda _, text: logs.append(text)))
    config = ledger(
        logs=["password is p@ss w\u00f6rd", "in a url: p%40ss%20w%C3%B6rd"],
        stderr_text="and p@ss w\u00f6rd here\n",
        garbage_at=1,
        garbage="p@ss w\u00f6rd",
    )

    await read(connector, {**config, "credentials": {"value": "p@ss w\u00f6rd"}})

    assert len(logs) == 4
    assert all("[redacted]" in text and "rd" not in text.replace("word", "") for text in logs)


async def test_a_secret_that_was_opened_is_redacted_and_so_is_the_one_that_replaces_it() -> None:
    """By its place, for neither a name nor a specification tells that it is one."""
    logs: list[str] = []
    connector = mocked(Listener(on_log=lambda _, text: logs.append(text)))
    config = ledger(
        pin="first-one", logs=["it is first-one"], new_config={"pin": "second-one"},
        garbage_at=1, garbage="now second-one",
    )  # fmt: skip

    await read(connector, Clear(config, Opened(secrets=("first-one",), places=(("pin",),))))

    assert logs == ["it is [redacted]", "now [redacted]"]


async def test_estimates_and_changed_configurations_are_handed_on() -> None:
    configs: list[object] = []
    estimates: list[tuple[str, int]] = []
    listener = Listener(
        on_config=configs.append,
        on_estimate=lambda stream, rows: estimates.append((stream.name, rows)),
    )

    await read(mocked(listener), ledger(new_config={"token": "new"}))
    await read(mocked(listener), {"count": 5})

    assert configs == [{"token": "new"}] * 2, "by discover, and by read"
    assert estimates == [("products", 5), ("users", 5), ("purchases", 5)]


async def test_a_renewed_configuration_without_end_is_refused() -> None:
    deep: object = "x"
    for _ in range(100):
        deep = {"inner": deep}

    with pytest.raises(ConnectorProtocolBroken):
        await read(mocked(), ledger(new_config={"deep": deep}))


async def test_the_connector_sees_little_of_the_environment_and_private_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATLAS_MASK_KEY", "0" * 64)
    seen = tmp_path / "seen"
    program = tmp_path / "spy"
    program.write_text(
        f"#!/bin/sh\nenv > {seen}\npwd >> {seen}\nstat -c %a . config.json catalog.json >> {seen}\n"
    )
    program.chmod(0o700)

    await read_command([str(program)])

    said = seen.read_text().splitlines()
    folder = said[-4]
    assert not any(line.startswith("ATLAS_") for line in said)
    assert said[-3:] == ["700", "600", "600"]
    assert f"TMPDIR={folder}" in said
    assert folder not in map(str, Path(folder).parent.iterdir())


async def test_a_command_that_is_not_there_is_not_installed() -> None:
    with pytest.raises(ConnectorNotInstalled):
        await CommandConnector(command=["/no/such/connector"], settings=settings()).spec()


async def test_a_question_without_an_answer_fails(tmp_path: Path) -> None:
    connector = CommandConnector(command=script(tmp_path, [], exit_code=3), settings=settings())

    with pytest.raises(ConnectorFailed) as failed:
        await connector.discover({})

    assert failed.value.facts == {"action": "discover", "exit_code": 3}


async def test_a_question_has_a_time_limit(tmp_path: Path) -> None:
    program = tmp_path / "sleeper"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o700)
    connector = CommandConnector(
        command=[str(program)], settings=settings(connector_timeout_s=0.3), grace_s=0.3
    )

    with pytest.raises(ConnectorSilent):
        await connector.check({})


async def test_a_config_that_the_connector_refuses_on_check_is_raised(tmp_path: Path) -> None:
    trace = b'{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1,"error":'
    error = b'{"message":"No.","failure_type":"config_error"}}}'
    connector = CommandConnector(
        command=script(tmp_path, [trace + error], exit_code=1), settings=settings()
    )

    with pytest.raises(ConnectorConfigRefused, match=r"^No\.$"):
        await connector.check({})


def test_permissions_of_private_files_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    from app.processes.child import private_folder, write_private

    before = os.umask(0)
    try:
        with private_folder() as folder:
            path = write_private(folder, "config.json", b"{}")
            modes = [stat.S_IMODE(one.stat().st_mode) for one in (folder, path)]
    finally:
        os.umask(before)

    assert modes == [0o700, 0o600]
    assert not folder.exists()

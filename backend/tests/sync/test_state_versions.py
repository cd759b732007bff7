"""Tests of app/sync/state_versions.py and state_forms.py: what a version is, whatever kind the states are of."""

import json

import pytest

from app.core.catalog import StreamDescriptor
from app.core.errors import InvalidRequest
from app.core.records import State, StateKind
from app.sync import state_forms, state_store, state_versions
from app.sync.connections import connection_store
from app.sync.state_versions import Fate, Turn, Wish
from tests.fixtures.atlas import Atlas
from tests.sources.reading import ledger

ORDERS = {"name": "orders", "records": 20, "keys": 10}
PEOPLE = {"name": "people", "records": 20, "keys": 10}


def of_stream(name: str, cursor: int) -> str:
    stream = {"stream_descriptor": {"name": name}, "stream_state": {"next": cursor}}
    return json.dumps({"type": "STREAM", "stream": stream})


def of_all(cursor: int) -> str:
    part = {"stream_descriptor": {"name": "orders"}, "stream_state": {"next": cursor}}
    return json.dumps(
        {"type": "GLOBAL", "global": {"shared_state": {"lsn": 1}, "stream_states": [part]}}
    )


async def keep(atlas: Atlas, kind: StateKind, name: str, message: str) -> int:
    (version,) = await atlas.values(
        "INSERT INTO pipeline.connector_state (connection_id, kind, name, message) VALUES ($1, $2, $3, $4::json) "
        "RETURNING state_id",
        atlas.connection_id, kind, name, message,
    )  # fmt: skip
    assert isinstance(version, int)
    return version


async def take(atlas: Atlas, wish: Wish) -> dict[str, Fate]:
    async with atlas.database.transaction() as session:
        connection = await connection_store.get_connection(session, atlas.connection_id)
        turns = await state_versions.take(session, connection, wish, "a person", "a reason")
    return {named(turn): turn.fate for turn in turns}


def named(turn: Turn) -> str:
    return turn.descriptor.name if turn.descriptor else "all"


async def now(atlas: Atlas) -> list[object]:
    async with atlas.database.connection() as session:
        saved = await state_versions.at(session, atlas.connection_id, None)
        streams = [StreamDescriptor("orders"), StreamDescriptor("people")]
        used = await state_store.newest(session, atlas.connection_id, streams)
    assert sorted(s.message for s in used) == sorted(s.state.message for s in saved), (
        "a sync uses these"
    )
    return [json.loads(one.state.message) for one in saved]


async def test_a_version_of_another_kind_counts_again_and_nothing_of_between_does(
    atlas: Atlas,
) -> None:
    await atlas.connect(ledger(ORDERS, PEOPLE))
    await keep(atlas, StateKind.STREAM, "orders", of_stream("orders", 1))
    streams = await keep(atlas, StateKind.STREAM, "people", of_stream("people", 1))
    whole = await keep(atlas, StateKind.GLOBAL, "", of_all(5))
    later = await keep(atlas, StateKind.STREAM, "orders", of_stream("orders", 9))

    before = await now(atlas)
    to_whole = await take(atlas, Wish(version=whole))
    in_whole = await now(atlas)
    to_streams = await take(atlas, Wish(version=streams))
    in_streams = await now(atlas)

    assert before == [json.loads(of_stream(n, c)) for n, c in (("orders", 9), ("people", 1))]
    assert to_whole == {"orders": Fate.CLEARED, "people": Fate.CLEARED, "all": Fate.STAYS}
    assert in_whole == [json.loads(of_all(5))]
    assert to_streams["all"] is Fate.CLEARED
    assert in_streams == [json.loads(of_stream(n, 1)) for n in ("orders", "people")]
    assert (
        await atlas.values("SELECT kind FROM pipeline.state_acts ORDER BY act_id")
        == ["set_back"] * 2
    )
    (newest,) = await atlas.values("SELECT max(state_id) FROM pipeline.connector_state")
    assert newest != later, "rows are added, and none is changed"


async def test_one_state_of_all_streams_is_not_set_back_for_one_of_them(atlas: Atlas) -> None:
    await atlas.connect(ledger(ORDERS, PEOPLE))
    whole = await keep(atlas, StateKind.GLOBAL, "", of_all(5))

    with pytest.raises(InvalidRequest, match="one state for all"):
        await take(atlas, Wish(version=whole, streams=[StreamDescriptor("orders")]))


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [of_stream("orders", 1), of_stream("people", 2)],
        [of_all(5)],
        ['{"type":"LEGACY","data":{"orders":{"next":1}}}'],
    ],
)
def test_both_forms_lead_back_to_the_same_state(messages: list[str]) -> None:
    states = [
        State(
            kind=StateKind(json.loads(m)["type"]),
            message=m.encode(),
            descriptor=None,
        )
        for m in messages
    ]

    from_airbyte = state_forms.read(dict(state_forms.airbyte(states)))
    from_messages = state_forms.read(state_forms.messages(states))

    for found in (from_airbyte, from_messages):
        assert [json.loads(state.message) for state in found] == [json.loads(m) for m in messages]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"type": "STREAM"},
        {"stateType": "stream"},
        {"stateType": "stream", "streamState": [{"streamState": {}}]},
        {"stateType": "legacy"},
        [1],
        [json.loads(of_stream("orders", 1)), json.loads(of_all(1))],
        [json.loads(of_stream("orders", 1)), json.loads(of_stream("orders", 2))],
    ],
)
def test_what_is_no_state_is_refused_without_its_content(given: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        state_forms.read(given)

    assert "orders" not in refused.value.detail

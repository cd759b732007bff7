"""Holds the gate to what it reached once, on a share of the labelled columns and on a connector's records."""

import json
from collections import defaultdict
from pathlib import Path

from app.core.findings import Entity, Verdict
from app.gates.pii.detectors import DetectorPool
from app.gates.pii.gate import PiiGate
from app.gates.pii.recognizers import model_name

DATA = Path(__file__).parent / "data"
HAS_MIDDLE_MODEL = model_name() == "en_core_web_md"
F2_FLOOR = 0.95 if HAS_MIDDLE_MODEL else 0.90
PRECISION_FLOOR = 0.95 if HAS_MIDDLE_MODEL else 0.85


async def test_columns_are_decided_as_well_as_before(detectors: DetectorPool) -> None:
    tables = defaultdict(list)
    for line in (DATA / "columns.jsonl").read_text().splitlines():
        column = json.loads(line)
        tables[column["table"]].append(column)
    true = false = missed = 0

    for columns in tables.values():
        rows = zip(*(column["values"] for column in columns), strict=True)
        names = [column["column"] for column in columns]
        records = [json.dumps(dict(zip(names, row, strict=True))).encode() for row in rows]
        found = {d.path[0]: d for d in await PiiGate(detectors=detectors).decide(records, {})}
        for column in columns:
            is_personal = found[column["column"]].verdict is Verdict.PERSONAL
            if column["label"] == "NONE":
                false += is_personal
            elif column["label"] != "quasi":
                true += is_personal
                missed += not is_personal

    assert true / (true + false) >= PRECISION_FLOOR
    assert 5 * true / (5 * true + 4 * missed + false) >= F2_FLOOR


async def test_the_faker_connectors_streams_are_decided_as_the_demo_shows(
    detectors: DetectorPool,
) -> None:
    gate = PiiGate(detectors=detectors)
    streams = {
        stream: [
            line.encode() for line in (DATA / f"faker_{stream}.jsonl").read_text().splitlines()
        ]
        for stream in ("users", "products", "purchases")
    }

    users = {d.path: d for d in await gate.decide(streams["users"], {})}
    products = await gate.decide(streams["products"], {})
    purchases = await gate.decide(streams["purchases"], {})

    assert {path: d.entity for path, d in users.items() if d.is_masked} == {
        ("email",): Entity.EMAIL_ADDRESS,
        ("name",): Entity.PERSON,
        ("telephone",): Entity.PHONE_NUMBER,
        ("address", "street_name"): Entity.STREET_ADDRESS,
        ("address", "street_number"): Entity.STREET_ADDRESS,
    }
    assert {path for path, d in users.items() if d.verdict is Verdict.QUASI} >= {
        ("address", "city"),
        ("address", "postal_code"),
        ("age",),
        ("gender",),
        ("nationality",),
        ("occupation",),
    }
    assert {d.verdict for d in [*products, *purchases]} == {Verdict.CLEAN}

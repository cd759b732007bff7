"""What breaks a client, and what does not: each as one change of a small document."""

import copy
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
Json = dict[str, Any]

DOCUMENT: Json = {
    "paths": {
        "/things/{id}": {
            "put": {
                "operationId": "putThing",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "deep", "in": "query", "schema": {"type": "boolean"}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Wanted"}}
                    }
                },
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
                        }
                    },
                    "404": {"$ref": "#/components/responses/NotFound"},
                },
            }
        }
    },
    "components": {
        "responses": {"NotFound": {"content": {"application/problem+json": {"schema": {}}}}},
        "schemas": {
            "Wanted": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 10},
                    "kind": {"enum": ["a", "b"], "type": "string"},
                    "size": {"type": "number"},
                },
            },
            "Thing": {
                "type": "object",
                "required": ["name", "inner"],
                "properties": {
                    "name": {"type": "string"},
                    "kind": {"enum": ["a", "b"], "type": "string"},
                    "note": {"type": "string"},
                    "inner": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                },
            },
        },
    },
}


def compatibility() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compatibility", ROOT / "tools/compatibility.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def put(document: Json) -> Any:
    return document["paths"]["/things/{id}"]["put"]


def schema(document: Json, name: str) -> Any:
    return document["components"]["schemas"][name]


def rename(document: Json) -> None:
    put(document)["operationId"] = "setThing"


def lose_operation(document: Json) -> None:
    del document["paths"]["/things/{id}"]["put"]


def lose_parameter(document: Json) -> None:
    put(document)["parameters"].pop()


def require_parameter(document: Json) -> None:
    put(document)["parameters"].append(
        {"name": "new", "in": "query", "required": True, "schema": {}}
    )


def require_field(document: Json) -> None:
    schema(document, "Wanted")["properties"]["new"] = {"type": "string"}
    schema(document, "Wanted")["required"].append("new")


def refuse_field(document: Json) -> None:
    del schema(document, "Wanted")["properties"]["size"]


def refuse_value(document: Json) -> None:
    schema(document, "Wanted")["properties"]["kind"]["enum"] = ["a"]


def narrow_type(document: Json) -> None:
    schema(document, "Wanted")["properties"]["size"]["type"] = "integer"


def shorten(document: Json) -> None:
    schema(document, "Wanted")["properties"]["name"]["maxLength"] = 5


def lose_member(document: Json) -> None:
    del schema(document, "Thing")["properties"]["note"]


def lose_value(document: Json) -> None:
    schema(document, "Thing")["properties"]["kind"]["enum"] = ["b"]


def leave_out(document: Json) -> None:
    schema(document, "Thing")["required"] = ["name"]


def change_type(document: Json) -> None:
    schema(document, "Thing")["properties"]["name"]["type"] = "integer"


def change_items(document: Json) -> None:
    schema(document, "Thing")["properties"]["inner"]["items"] = {"type": "string"}


def lose_answer(document: Json) -> None:
    put(document)["responses"]["201"] = put(document)["responses"].pop("200")


def other_media(document: Json) -> None:
    document["components"]["responses"]["NotFound"] = {"content": {"text/plain": {}}}


BREAKING: dict[Callable[[Json], None], str] = {
    rename: "PUT /things/{id} is called setThing, not putThing",
    lose_operation: "PUT /things/{id} is gone",
    lose_parameter: "PUT /things/{id}: query parameter deep is gone",
    require_parameter: "PUT /things/{id}: query parameter new is required now",
    require_field: "PUT /things/{id}: body.new is required now",
    refuse_field: "PUT /things/{id}: body.size is gone",
    refuse_value: "PUT /things/{id}: body.kind has the value b no more",
    narrow_type: "PUT /things/{id}: body.size is integer, not number",
    shorten: "PUT /things/{id}: body.name: maxLength is 5 now",
    lose_member: "PUT /things/{id}: answer 200.note is gone",
    lose_value: "PUT /things/{id}: answer 200.kind has the value a no more",
    leave_out: "PUT /things/{id}: answer 200.inner may be missing now",
    change_type: "PUT /things/{id}: answer 200.name is integer, not string",
    change_items: "PUT /things/{id}: answer 200.inner[] is string, not object",
    lose_answer: "PUT /things/{id}: answer 200 is gone",
    other_media: "PUT /things/{id}: answer 404 is not of type application/problem+json any more",
}


@pytest.mark.parametrize("change", BREAKING, ids=lambda change: change.__name__)
def test_what_breaks_a_client_is_found(change: Callable[[Json], None]) -> None:
    new = copy.deepcopy(DOCUMENT)
    change(new)

    assert BREAKING[change] in compatibility().breaks(DOCUMENT, new)


def add_operation(document: Json) -> None:
    document["paths"]["/others"] = {"get": {"operationId": "listOthers", "responses": {}}}


def add_parameter(document: Json) -> None:
    put(document)["parameters"].append({"name": "new", "in": "query", "schema": {}})


def take_more(document: Json) -> None:
    properties = schema(document, "Wanted")["properties"]
    properties["kind"]["enum"].append("c")
    properties["new"] = {"type": "string"}
    properties["name"]["maxLength"] = 20
    schema(document, "Wanted")["required"] = []


def say_more(document: Json) -> None:
    schema(document, "Thing")["properties"]["new"] = {"type": "string"}
    schema(document, "Thing")["required"].append("note")


@pytest.mark.parametrize("change", [add_operation, add_parameter, take_more, say_more])
def test_what_a_client_does_not_notice_is_none(change: Callable[[Json], None]) -> None:
    new = copy.deepcopy(DOCUMENT)
    change(new)

    assert compatibility().breaks(DOCUMENT, new) == []


def test_a_break_is_let_through_where_it_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new = copy.deepcopy(DOCUMENT)
    lose_operation(new)
    files = [tmp_path / "old.json", tmp_path / "new.json"]
    for path, document in zip(files, (DOCUMENT, new), strict=True):
        path.write_text(json.dumps(document))
    tool, noted = compatibility(), tmp_path / "breaks.md"
    monkeypatch.setattr(tool, "NOTED", noted)

    noted.write_text("# Breaks\n")
    without = tool.main([str(path) for path in files])
    said = capsys.readouterr().out
    noted.write_text("# Breaks\n\n- PUT /things/{id} is gone\n")

    assert without == 1
    assert "PUT /things/{id} is gone" in said
    assert tool.main([str(path) for path in files]) == 0

"""Finds what the API's document breaks for its clients, against the version before: `make check`.

    compatibility.py              the document as it is here, against the one that was committed before it
    compatibility.py OLD NEW      two files

What is broken on purpose stands in docs/api-breaks.md, word for word as it is printed here. A client breaks where
it sends what is refused now, or reads what is there no more; so requests may take more and answers may say more.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DOCUMENT = "docs/openapi.json"
NOTED = ROOT / "docs" / "api-breaks.md"
METHODS = ("get", "post", "put", "patch", "delete")

Object = Mapping[str, Any]  # JSON, as a document has it


def breaks(old: Object, new: Object) -> list[str]:
    """What of an old document a new one breaks, a sentence each, in the order of the old one's operations."""
    return list(_breaks(old, new))


def _breaks(old: Object, new: Object) -> Iterator[str]:
    before, after = _operations(old), _operations(new)
    for place, operation in before.items():
        if place not in after:
            yield f"{place} is gone"
            continue
        other = after[place]
        if operation.get("operationId") != other.get("operationId"):
            yield f"{place} is called {other.get('operationId')}, not {operation.get('operationId')}"
        yield from _parameters(place, operation, other, old, new)
        yield from _bodies(place, operation, other, old, new)
        yield from _answers(place, operation, other, old, new)


def _operations(document: Object) -> dict[str, Object]:
    return {
        f"{method.upper()} {path}": methods[method]
        for path, methods in document["paths"].items()
        for method in METHODS
        if method in methods
    }


def _parameters(
    place: str, old: Object, new: Object, before: Object, after: Object
) -> Iterator[str]:
    def named(operation: Object) -> dict[tuple[str, str], Object]:
        return {(each["in"], each["name"]): each for each in operation.get("parameters", ())}

    known, other = named(old), named(new)
    for (where, name), parameter in known.items():
        what = f"{place}: {where} parameter {name}"
        if (where, name) not in other:
            yield f"{what} is gone"
        else:
            yield from _Schemas(before, after, is_request=True).differences(
                what, parameter["schema"], other[where, name]["schema"]
            )
    for (where, name), parameter in other.items():
        was_required = known.get((where, name), {}).get("required", False)
        if parameter.get("required") and not was_required:
            yield f"{place}: {where} parameter {name} is required now"


def _bodies(place: str, old: Object, new: Object, before: Object, after: Object) -> Iterator[str]:
    known, other = old.get("requestBody", {}), new.get("requestBody", {})
    if other.get("required") and not known.get("required"):
        yield f"{place}: a body is required now"
    for media, content in known.get("content", {}).items():
        if media not in other.get("content", {}):
            yield f"{place}: no body of type {media} is taken any more"
            continue
        yield from _Schemas(before, after, is_request=True).differences(
            f"{place}: body", content.get("schema", {}), other["content"][media].get("schema", {})
        )


def _answers(place: str, old: Object, new: Object, before: Object, after: Object) -> Iterator[str]:
    for status, given in old["responses"].items():
        answer = _resolved(before, given)
        if status not in new["responses"]:
            if status.startswith("2"):
                yield f"{place}: answer {status} is gone"
            continue
        found = _resolved(after, new["responses"][status]).get("content", {})
        for media, content in answer.get("content", {}).items():
            what = f"{place}: answer {status}"
            if media not in found:
                yield f"{what} is not of type {media} any more"
                continue
            yield from _Schemas(before, after, is_request=False).differences(
                what, content.get("schema", {}), found[media].get("schema", {})
            )


class _Schemas:
    """Compares two schemas, each by its own document's references; each pair of them once."""

    def __init__(self, old: Object, new: Object, *, is_request: bool) -> None:
        self.old, self.new, self.is_request = old, new, is_request
        self.seen: set[tuple[str, str]] = set()

    def differences(self, what: str, old: Object, new: Object) -> Iterator[str]:
        pair = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if pair in self.seen:
            return
        if all(pair):
            self.seen.add(pair)
        old, new = _resolved(self.old, old), _resolved(self.new, new)
        yield from self._types(what, old, new)
        yield from self._values(what, old, new)
        yield from self._members(what, old, new)
        if "items" in old and "items" in new:
            yield from self.differences(f"{what}[]", old["items"], new["items"])

    def _types(self, what: str, old: Object, new: Object) -> Iterator[str]:
        """A request must take all types of before, an answer may give no new one."""
        known, other = _types(self.old, old), _types(self.new, new)
        if not known or not other:  # anything
            if (self.is_request and other and not known) or (
                not self.is_request and known and not other
            ):
                yield f"{what} is {_listed(other)}, not {_listed(known)}"
            return
        broken = known - other if self.is_request else other - known
        if "integer" in broken and "number" in (other if self.is_request else known):
            broken = broken - {"integer"}
        if broken:
            yield f"{what} is {_listed(other)}, not {_listed(known)}"

    def _values(self, what: str, old: Object, new: Object) -> Iterator[str]:
        known, other = _values(old), _values(new)
        if self.is_request:
            gone = sorted(map(str, (known or set()) - other)) if other is not None else []
            if known is None and other is not None:
                yield f"{what} takes only {_listed(other)} now"
        else:
            gone = (
                sorted(map(str, known - other)) if known is not None and other is not None else []
            )
        for value in gone:
            yield f"{what} has the value {value} no more"
        for limit in ("minLength", "minimum", "minItems"):
            if self.is_request and new.get(limit, 0) > old.get(limit, 0) and limit in new:
                yield f"{what}: {limit} is {new[limit]} now"
        for limit in ("maxLength", "maximum", "maxItems"):
            if self.is_request and limit in new and new[limit] < old.get(limit, float("inf")):
                yield f"{what}: {limit} is {new[limit]} now"

    def _members(self, what: str, old: Object, new: Object) -> Iterator[str]:
        known, other = _properties(self.old, old), _properties(self.new, new)
        is_closed = new.get("additionalProperties") is False
        for name, schema in known.items():
            member = f"{what}.{name}"
            if name in other:
                yield from self.differences(member, schema, other[name])
            elif not self.is_request or is_closed:
                yield f"{member} is gone"
        must, had = _required(self.new, new), _required(self.old, old)
        for name in sorted(must - had if self.is_request else had - must):
            if self.is_request or name in other:
                said = "is required now" if self.is_request else "may be missing now"
                yield f"{what}.{name} {said}"


def _resolved(document: Object, schema: Object) -> Object:
    while "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def _options(document: Object, schema: Object) -> list[Object]:
    """A schema's alternatives, or itself; without null."""
    given = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf") or [schema]
    found = [_resolved(document, each) for each in given]
    return [each for each in found if each.get("type") != "null"]


def _types(document: Object, schema: Object) -> set[str]:
    found: set[str] = set()
    for option in _options(document, schema):
        given = option.get("type", ())
        found |= {given} if isinstance(given, str) else set(given)
    return found - {"null"}


def _values(schema: Object) -> set[Any] | None:
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _properties(document: Object, schema: Object) -> dict[str, Object]:
    found: dict[str, Object] = {}
    for option in _options(document, schema):
        found |= option.get("properties", {})
    return found


def _required(document: Object, schema: Object) -> set[str]:
    options = _options(document, schema)
    found = [set(option.get("required", ())) for option in options]
    if not found:
        return set()
    return set.union(*found) if "allOf" in schema else set.intersection(*found)


def _listed(values: set[Any]) -> str:
    return " or ".join(sorted(map(str, values))) or "anything"


def noted(text: str) -> set[str]:
    """The breaks that stand in a list of docs/api-breaks.md."""
    return {line[2:].strip() for line in text.splitlines() if line.startswith("- ")}


def _committed_before() -> str | None:
    """The document that was committed before the one that is here; none where there was none, or no git."""
    for revision in ("HEAD", "HEAD~1"):
        command = ["git", "show", f"{revision}:{DOCUMENT}"]
        shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
        if shown.returncode:
            return None
        if shown.stdout != (ROOT / DOCUMENT).read_text("utf-8"):
            return shown.stdout
    return shown.stdout


def main(arguments: list[str]) -> int:
    if arguments:
        old, new = (Path(each).read_text("utf-8") for each in arguments)
    else:
        before, new = _committed_before(), (ROOT / DOCUMENT).read_text("utf-8")
        if before is None:
            print(
                f"compatibility: no {DOCUMENT} was committed before: there is nothing to compare with."
            )
            return 0
        old = before
    found = [
        each
        for each in breaks(json.loads(old), json.loads(new))
        if each not in noted(NOTED.read_text("utf-8"))
    ]
    for each in found:
        print(f"compatibility: {each}")
    if found:
        print(
            "compatibility: clients break by this. Mend it, or note each line in docs/api-breaks.md."
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

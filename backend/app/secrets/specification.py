"""Whether a configuration is as its connector's specification has it; what is wrong is named, never a value."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from app.core.catalog import JsonSchema
from app.core.configurations import Place, with_values

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_MOST_WRONGS = 100
_MOST_CHOICES = 20

Wrong = tuple[Place, str]
"""A field, and what it would have to be."""


class _Unknown:
    """Stands where a value is kept, or will be looked up: whatever is asked of it holds."""


def wrongs(
    configuration: Mapping[str, object], specification: JsonSchema, unknown: Collection[Place] = ()
) -> Sequence[Wrong]:
    """What is wrong with a configuration, the outermost fields first.

    Shape:  `unknown` are places whose values are not here. A specification that refers to what is elsewhere,
            or goes round in a circle, says nothing there: it is never fetched.
    Source: JSON Schema, draft 7, as Airbyte's specifications are written.
    """
    held = with_values(configuration, {place: _Unknown() for place in unknown})
    try:
        found = [
            wrong
            for error in _validator()(specification).iter_errors(held)
            for wrong in _told(error)
        ]
    except RecursionError:
        return []
    distinct = dict.fromkeys(sorted(found, key=lambda wrong: (len(wrong[0]), str(wrong))))
    return list(distinct)[:_MOST_WRONGS]


@lru_cache(maxsize=1)
def _validator() -> Callable[[JsonSchema], Any]:
    """Draft 7, where nothing is asked of what is unknown, patterns take linear time, and nothing is fetched."""
    import jsonschema
    from jsonschema.exceptions import UnknownType
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    odd = (Unresolvable, UnknownType, re.error, TypeError, ValueError, AttributeError, KeyError)
    Rule = Callable[[Any, Any, Any, Any], "Iterator[ValidationError] | None"]  # noqa: N806

    def asking(rule: Rule) -> Rule:
        def ask(validator: Any, said: Any, instance: Any, schema: Any) -> Any:
            if isinstance(instance, _Unknown):
                return
            try:
                yield from rule(validator, said, instance, schema) or ()
            except odd:
                return  # what is no schema says nothing

        return ask

    def pattern(validator: Any, said: Any, instance: Any, schema: Any) -> Any:
        if isinstance(instance, str) and not _fits(str(said), instance):
            yield jsonschema.ValidationError("")

    rules = {**jsonschema.Draft7Validator.VALIDATORS, "pattern": pattern}
    kind = jsonschema.validators.extend(
        jsonschema.Draft7Validator, {name: asking(rule) for name, rule in rules.items()}
    )
    return lambda specification: kind(specification, registry=Registry())


@lru_cache(maxsize=1_000)
def _matcher(pattern: str) -> Callable[[str], bool]:
    """A pattern as Rust's engine runs it, in linear time; as Python does what that one does not know."""
    from typing import Annotated

    from pydantic import StringConstraints, TypeAdapter, ValidationError
    from pydantic_core import SchemaError

    try:
        adapter = TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
    except SchemaError:
        compiled = re.compile(pattern)
        return lambda text: compiled.search(text) is not None

    def fits(text: str) -> bool:
        try:
            adapter.validate_python(text)
        except ValidationError:
            return False
        return True

    return fits


def _fits(pattern: str, text: str) -> bool:
    return _matcher(pattern)(text)


def _told(error: "ValidationError") -> Iterator[Wrong]:
    """What an error says, without what was sent."""
    here: Place = tuple(error.absolute_path)
    said: Any = error.validator_value
    match error.validator:
        case "required":
            missing = [name for name in said if name not in error.instance]
            yield from (((*here, name), "It is missing.") for name in missing)
        case "additionalProperties":
            extra = [str(name) for name in error.instance if not _is_described(error.schema, name)]
            yield from (((*here, name), "The connector knows no such field.") for name in extra)
        case "oneOf" | "anyOf":
            yield from _of_variants(error, here)
        case "type":
            kinds = said if isinstance(said, list) else [said]
            yield here, f"It is not of type {' or '.join(str(kind) for kind in kinds)}."
        case "enum" | "const":
            choices = said if error.validator == "enum" else [said]
            shown = ", ".join(str(choice) for choice in choices[:_MOST_CHOICES])
            yield here, f"It is none of: {shown}."
        case "pattern":
            yield here, f"It does not match the pattern {said}."
        case _:
            yield here, f"It breaks the rule {error.validator}: {str(said)[:100]}."


def _is_described(schema: Any, name: str) -> bool:
    patterns = schema.get("patternProperties", {})
    return name in schema.get("properties", {}) or any(_fits(one, name) for one in patterns)


def _of_variants(error: "ValidationError", here: Place) -> Iterator[Wrong]:
    """What is wrong by the variant that is meant: the one whose constants are all there, else none."""
    by_variant: dict[object, list[ValidationError]] = {}
    for inner in error.context or []:
        by_variant.setdefault(inner.schema_path[0], []).append(inner)
    if not by_variant:
        yield here, "It fits more than one of the variants that this field takes."
        return
    meant = [errors for errors in by_variant.values() if not any(map(_is_choice, errors))]
    if len(meant) != 1:
        yield here, "It fits none of the variants that this field takes."
        return
    for inner in meant[0]:
        yield from _told(inner)


def _is_choice(error: "ValidationError") -> bool:
    """Whether an error tells that another variant is meant: a constant that is another, or is missing."""
    if error.validator == "required":
        properties: Mapping[str, Any] = error.schema.get("properties", {})
        missing = [name for name in error.validator_value if name not in error.instance]
        return any("const" in (properties.get(name) or {}) for name in missing)
    depth = len(error.relative_path)
    is_single = error.validator == "const" or (
        error.validator == "enum" and len(error.validator_value) == 1
    )
    return (is_single and depth == 1) or (error.validator == "type" and depth == 0)

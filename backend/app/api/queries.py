"""Queries of many members that most requests leave out, read as one model.

FastAPI looks at each parameter that an operation declares, whether a request brings it or not, at some fifteen
microseconds apiece; a model costs what is there.
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

_IN_COMPONENTS = "#/components/schemas/{model}"
Object = dict[str, Any]  # JSON, as the OpenAPI document has it


class Query(BaseModel):
    """What a query may hold, a member each. Shape: of a name that comes twice the last counts, but where it is a list."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


Q = TypeVar("Q", bound=Query)


def read_as(model: type[Q]) -> Callable[[Request], Coroutine[object, object, Q]]:
    """A dependency that reads the query. Errors: RequestValidationError, as for parameters that are declared."""
    lists = [name for name, schema in _members(model).items() if _is_list(schema)]

    async def read(request: Request) -> Q:
        sent = request.query_params
        given: Object = dict(sent)
        given |= {name: sent.getlist(name) for name in lists if name in given}
        try:
            return model.model_validate(given)
        except ValidationError as failure:
            found = [each | {"loc": ("query", *each["loc"])} for each in failure.errors()]
            raise RequestValidationError(found) from None

    return read


def parameters(model: type[Query]) -> Object:
    """What the document says of the operation: an `openapi_extra`."""
    return {
        "parameters": [_parameter(name, found) for name, found in _members(model).items()],
        "responses": {"422": {"description": "Validation Error"}},
    }


def components() -> Mapping[str, Object]:
    """The schemas that the parameters of all such queries name."""
    schemas = (each.model_json_schema(ref_template=_IN_COMPONENTS) for each in _kinds(Query))
    return {name: found for schema in schemas for name, found in schema.get("$defs", {}).items()}


def _kinds(model: type[Query]) -> Iterator[type[Query]]:
    for kind in model.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _members(model: type[Query]) -> Mapping[str, Object]:
    found: Mapping[str, Object] = model.model_json_schema(ref_template=_IN_COMPONENTS)["properties"]
    return found


def _is_list(schema: Object) -> bool:
    return any(each.get("type") == "array" for each in (schema, *schema.get("anyOf", ())))


def _parameter(name: str, schema: Object) -> Object:
    if schema.get("default", ...) is None:
        del schema["default"]
    told = {"description": schema["description"]} if "description" in schema else {}
    return {"name": name, "in": "query", "required": False, "schema": schema} | told

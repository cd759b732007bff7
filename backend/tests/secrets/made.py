"""Configurations made to fit a specification, with something to look for in each place of a secret."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from app.core.configurations import Place

_BY_PATTERN = (
    "2021-01-01T00:00:00Z", "2021-01-01", "2021-01-01T00:00:00", "2021-01-01 00:00:00", "2021-01-01T00:00:00.000Z",
    "a", "abc", "1", "12", "1.5", "https://a.example", "https://a.example/", "a.example", "a/b", "a=b",
    "data/a", "0123456789", "https://abc.example.com/path", "12345", "2021", "21.5", "1day", "https://api.example.com",
    "abc123", "2021-01", "20210101", "a@b.example", "aa-bb", "s3://a/b", "A1", "jdbc:a", "10.0.0.1", "0 1 * * *",
    "1h", "P1D", "2021-01-01T00:00:00.000000Z", "https://abc.azure.com/", "mongodb+srv://a.example", "ab", "https://a.example:80",
    "https://a.atlassian.net", "000000000000", "01/01/2021", "https://abc.my.site.com", "00:00:00", "1,2",
    "00000000-0000-0000-0000-000000000000", "https://api.abc.com/v1/", "account.snowflakecomputing.com",
    "https://drive.google.com/a", "01-01-2021", "01/01/2021 00:00", "a.freshdesk.com", "true", "0123456789abcdef01234567",
    "20210101T000000Z", "Sev1", "popular",
)  # fmt: skip
"""What patterns of real specifications take, one or another."""

Schema = Mapping[str, Any]


@dataclass(slots=True)
class Maker:
    """Makes configurations of one specification. Shape: `canaries` by place, in the last one made."""

    name: str
    fits: Any
    """Whether a value fits a schema."""
    choice: int = 0
    canaries: dict[Place, object] = field(default_factory=dict)

    def variants(self, schema: Schema) -> Iterator[Mapping[str, object]]:
        """A configuration for each variant that any of its fields takes."""
        for choice in range(_most_variants(schema)):
            self.choice, self.canaries = choice, {}
            made = self.made(schema, ())
            assert isinstance(made, dict)
            yield made

    def made(self, schema: Schema, here: Place) -> object:
        if "const" in schema:
            return schema["const"]
        if schema.get("airbyte_secret"):
            return self.canary(schema, here)
        if schema.get("enum"):
            return schema["enum"][0]
        if "oneOf" in schema or "anyOf" in schema:
            options = schema.get("oneOf") or schema["anyOf"]
            chosen = options[self.choice % len(options)]
            return self.made({**_shared(schema), **chosen}, here)
        kind = _kind(schema)
        if kind == "object":
            properties: Mapping[str, Schema] = schema.get("properties", {})
            required = schema.get("required", [])
            made = {name: self.made(inner, (*here, name)) for name, inner in properties.items()}
            return {
                name: value
                for name, value in made.items()
                if name in required or self.fits(properties[name], value)
            }
        if kind == "array":
            items = schema.get("items", {"type": "string"})
            count = max(1, schema.get("minItems", 1))
            return [self.made(items, (*here, number)) for number in range(count)]
        return self.scalar(schema, kind)

    def canary(self, schema: Schema, here: Place) -> object:
        if _kind(schema) == "array":
            value: object = [f"canary-{self.name}-{'-'.join(map(str, here))}-in-list"]
        elif schema.get("enum"):
            value = schema["enum"][0]
        else:
            text = f"canary-{self.name}-{'-'.join(map(str, here))}"
            value = next((each for each in _texts(schema, text) if self.fits(schema, each)), text)
        self.canaries[here] = value
        return value

    def scalar(self, schema: Schema, kind: str) -> object:
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            low, high = schema.get("minimum"), schema.get("maximum")
            above = schema.get("exclusiveMinimum")
            return low if low is not None else above + 1 if above is not None else min(1, high or 1)
        candidates: Sequence[object] = [
            schema.get("default"),
            *schema.get("examples", []),
            *_BY_PATTERN,
        ]
        return next(
            (each for each in candidates if isinstance(each, str) and self.fits(schema, each)),
            "text",
        )


def _texts(schema: Schema, text: str) -> Iterator[str]:
    yield text
    letters = text.replace("-", "").replace("_", "")
    yield text.encode().hex()
    for before, after in product(("", "https://", "live_", "sk_live_"), ("", ".example")):
        yield before + letters + after


def _kind(schema: Schema) -> str:
    said = schema.get("type") or ("object" if "properties" in schema else "string")
    kinds = said if isinstance(said, list) else [said]
    return str(next(kind for kind in kinds if kind != "null"))


def _shared(schema: Schema) -> dict[str, object]:
    return {
        name: said for name, said in schema.items() if name in ("type", "properties", "required")
    }


def _most_variants(schema: object) -> int:
    if isinstance(schema, Mapping):
        own = max(len(schema.get(name, [])) for name in ("oneOf", "anyOf"))
        return max([1, own, *(_most_variants(inner) for inner in schema.values())])
    if isinstance(schema, list):
        return max([1, *map(_most_variants, schema)])
    return 1

"""Keeps configured secrets out of what a child process says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from app.core.catalog import JsonSchema
from app.core.configurations import Clear, Place, at
from app.core.secret_names import HIDDEN, is_secret_name, passwords_in

_SHORTEST = 4
_MASK = "[redacted]"


@dataclass(slots=True)
class Redaction:
    """Replaces secret values in a text, in each form they may be quoted in."""

    forms: list[str] = field(default_factory=list)
    places: Sequence[Place] = ()

    @classmethod
    def of(cls, config: Mapping[str, object], spec: JsonSchema | None = None) -> "Redaction":
        """For a configuration: what was sealed of it, what its spec marks `airbyte_secret`, and what is named
        like one."""
        redaction = cls()
        redaction.learn(config, spec)
        return redaction

    def learn(self, config: Mapping[str, object], spec: JsonSchema | None = None) -> None:
        """Keep these secrets out as well."""
        secrets = set(_secrets(config, set(_marked(spec or {})), False))
        if isinstance(config, Clear):
            secrets.update(config.opened.secrets)
            self.places = config.opened.places
        for place in self.places:  # also of a configuration that the connector has renewed
            secrets.update(_secrets(at(config, place), set(), True))
        forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
        self.forms = sorted(forms.union(self.forms), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for form in self.forms:
            text = text.replace(form, _MASK)
        return text


def without_secrets(config: Mapping[str, object]) -> Mapping[str, object]:
    """The same configuration with `HIDDEN` in place of what is named like a secret."""
    return {name: _hidden(value, _is_secret(name, set())) for name, value in config.items()}


def _hidden(value: object, secret: bool) -> object:
    if isinstance(value, Mapping):
        return {
            name: _hidden(inner, secret or _is_secret(str(name), set()))
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_hidden(inner, secret) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    if secret:
        return HIDDEN
    if isinstance(value, str):
        for password in passwords_in(value):
            value = value.replace(password, HIDDEN)
    return value


def _forms(secret: str) -> tuple[str, ...]:
    return (
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret),
        quote(secret, safe=""),
    )


def _marked(schema: object) -> Iterator[str]:
    """Names of properties that a specification marks as secret, at any depth."""
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        if isinstance(properties, Mapping):
            for name, inner in properties.items():
                if isinstance(inner, Mapping) and inner.get("airbyte_secret"):
                    yield str(name)
        for inner in schema.values():
            yield from _marked(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _marked(inner)


def _secrets(value: object, marked: set[str], secret: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _secrets(inner, marked, secret or _is_secret(str(name), marked))
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for inner in value:
            yield from _secrets(inner, marked, secret)
    elif isinstance(value, str):
        if secret:
            yield value
            # a multi-line key may be logged a line at a time
            yield from (line for line in value.splitlines() if line != value)
        else:
            yield from passwords_in(value)
    elif secret and isinstance(value, int) and not isinstance(value, bool):
        yield str(value)


def _is_secret(name: str, marked: set[str]) -> bool:
    return name in marked or is_secret_name(name)

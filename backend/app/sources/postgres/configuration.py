"""A configuration of the connector, read into libpq's words; what is not offered is refused by its name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from app.sources.postgres.failing import Failed
from app.sources.postgres.specification import LATER, STANDARD

Object = Mapping[str, object]

_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_CHECKED = ("verify-ca", "verify-full")
_JDBC = {
    "ApplicationName": "application_name",
    "channelBinding": "channel_binding",
    "connectTimeout": "connect_timeout",
    "gssEncMode": "gssencmode",
    "loginTimeout": "connect_timeout",
    "options": "options",
    "requireAuth": "require_auth",
    "sslmode": "sslmode",
    "targetServerType": "target_session_attrs",
    "tcpKeepAlive": "keepalives",
}
"""Parameters of JDBC's driver that libpq has, too. Source: pgJDBC, connection parameters; libpq, 34.1.2."""
_SERVERS = {
    "any": "any",
    "primary": "primary",
    "master": "primary",
    "secondary": "standby",
    "slave": "standby",
    "preferSecondary": "prefer-standby",
    "preferSlave": "prefer-standby",
}
_FLAGS = {"true": "1", "false": "0"}
_ALWAYS = {
    "application_name": "atlas source-postgres",
    "client_encoding": "utf8",
    "connect_timeout": "20",
    "gssencmode": "disable",
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
"""Units: seconds. A server that vanishes is missed after a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Shape: `parameters` are libpq's; `certificates` the files that it wants, by parameter, as PEM; no
    `schemas` are all that there are; `lookback` as the specification has it."""

    parameters: Mapping[str, str]
    certificates: Mapping[str, str]
    schemas: Sequence[str]
    lookback: int


def read(given: object) -> Configuration:
    """Errors: Failed, which names the field, and no value but those that are no secret."""
    if not isinstance(given, Mapping):
        raise Failed("The configuration is no JSON object.")
    method = _part(given, "replication_method")
    _require_offered(given, method)
    mode, certificates = _tls(given)
    parameters = {
        **_ALWAYS,
        "sslmode": mode,
        "host": _text(given, "host"),
        "port": str(_whole(given, "port", 5_432)),
        "dbname": _text(given, "database"),
        "user": _text(given, "username"),
        **_of_jdbc(given),
    }
    if given.get("ssl_mode") is not None:
        parameters["sslmode"] = mode
    if given.get("password") is not None:
        parameters["password"] = _text(given, "password")
    return Configuration(
        parameters=parameters,
        certificates=certificates,
        schemas=_schemas(given),
        lookback=_whole(method, "lookback_window", 0),
    )


def with_files(configuration: Configuration, folder: Path) -> Mapping[str, str]:
    """libpq's parameters, the certificates written to a folder that only this program reads."""
    parameters = dict(configuration.parameters)
    for name, pem in configuration.certificates.items():
        if name == "sslpassword":
            parameters[name] = pem
            continue
        path = folder / f"{name}.pem"
        path.touch(mode=0o600)
        path.write_text(pem)
        parameters[name] = str(path)
    return parameters


def _require_offered(given: Object, method: Object) -> None:
    name = method.get("method", STANDARD)
    if name != STANDARD:
        why = LATER.get(str(name), "replication_method has no such method")
        raise Failed(f"{why}: choose {STANDARD} as replication_method, which reads by a cursor.")
    tunnel = _part(given, "tunnel_method").get("tunnel_method", "NO_TUNNEL")
    if tunnel != "NO_TUNNEL":
        raise Failed(
            "SSH tunnels are not offered: choose NO_TUNNEL as tunnel_method, and open the tunnel outside."
        )


def _tls(given: Object) -> tuple[str, Mapping[str, str]]:
    part = _part(given, "ssl_mode")
    mode = part.get("mode", "require" if given.get("ssl") is True else "prefer")
    if not isinstance(mode, str) or mode not in _MODES:
        raise Failed(f"ssl_mode.mode is one of {', '.join(_MODES)}.")
    if mode not in _CHECKED:
        return mode, {}
    found = {"sslrootcert": _text(part, "ca_certificate", "ssl_mode.")}
    for field, parameter in (
        ("client_certificate", "sslcert"),
        ("client_key", "sslkey"),
        ("client_key_password", "sslpassword"),
    ):
        if part.get(field):
            found[parameter] = _text(part, field, "ssl_mode.")
    if ("sslcert" in found) != ("sslkey" in found):
        raise Failed("ssl_mode.client_certificate and ssl_mode.client_key go together.")
    return mode, found


def _of_jdbc(given: Object) -> Mapping[str, str]:
    """Errors: Failed for what has no like in libpq."""
    text = given.get("jdbc_url_params")
    if text in (None, ""):
        return {}
    if not isinstance(text, str):
        raise Failed("jdbc_url_params is a text like connectTimeout=10&ApplicationName=atlas.")
    found = {}
    for name, value in parse_qsl(text.lstrip("?&"), keep_blank_values=True):
        parameter = _JDBC.get(name)
        if parameter is None:
            raise Failed(
                f"jdbc_url_params: {name[:60]!r} is none that this connector knows. {_known()}"
            )
        if "\0" in value:
            raise Failed(f"jdbc_url_params: {name} is no text.")
        known = {"targetServerType": _SERVERS, "tcpKeepAlive": _FLAGS}.get(name)
        if known is not None and value not in known:
            raise Failed(f"jdbc_url_params: {name} is one of {', '.join(known)}.")
        if name == "sslmode" and value not in _MODES:
            raise Failed(f"jdbc_url_params: sslmode is one of {', '.join(_MODES)}.")
        found[parameter] = value if known is None else known[value]
    if found.get("sslmode") in _CHECKED:
        raise Failed(
            "jdbc_url_params: a certificate is checked by ssl_mode, which has a place for the CA's."
        )
    return found


def _known() -> str:
    return f"It knows {', '.join(sorted(_JDBC))}."


def _schemas(given: Object) -> Sequence[str]:
    found = given.get("schemas") or []
    if not isinstance(found, list) or not all(map(_is_name, found)):
        raise Failed("schemas is a list of names.")
    return found


def _is_name(given: object) -> bool:
    return isinstance(given, str) and given != "" and "\0" not in given


def _part(given: Object, name: str) -> Object:
    found = given.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise Failed(f"{name} is a JSON object.")
    return found


def _text(given: Object, name: str, within: str = "") -> str:
    found = given.get(name)
    if not isinstance(found, str) or not found or "\0" in found:
        raise Failed(f"{within}{name} is missing, or no text.")
    return found


def _whole(given: Object, name: str, default: int) -> int:
    found = given.get(name, default)
    if isinstance(found, str) and found.isdecimal():  # forms send numbers so
        found = int(found)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise Failed(f"{name} is a whole number, 0 or more.")
    return found

"""Serves the API until somebody stops it."""

import contextlib
import ipaddress
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from app.core.failures import (
    AddressNotSafe,
    PortInUse,
)
from app.core.settings import Settings
from app.terminal.ending import asked_to_end


async def serve(app: FastAPI, settings: Settings) -> None:
    """Run uvicorn on the settings' address until Ctrl-C or SIGTERM. Errors: PortInUse, AddressNotSafe."""
    require_safe(settings)
    require_free(settings.host, settings.port)
    server = _Server(config_of(app, settings))
    with asked_to_end(server.end):
        await server.serve()


def config_of(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves Atlas."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="asyncio",  # the running loop stays
        http="httptools",
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=5,
        server_header=False,
        proxy_headers=False,  # it would trust this machine, whatever the settings say: api/requests/proxies.py
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
    )


class _Server(uvicorn.Server):
    """A server that leaves the signals to Atlas: uvicorn would raise them again after serving, and
    end the process before the embedded database is stopped."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def end(self) -> None:
        self.should_exit = True


def require_safe(settings: Settings) -> None:
    """Errors: AddressNotSafe, if passwords and tokens would go over a network as they are."""
    if settings.is_https or _is_loopback(settings.host):
        return
    raise AddressNotSafe(
        f"{settings.host} can be reached from other machines, and nothing would encrypt what they send. Set "
        "ATLAS_TLS_CERTIFICATE and ATLAS_TLS_KEY; or, if a proxy in front of Atlas speaks TLS, "
        "ATLAS_BEHIND_PROXY=true; or leave ATLAS_HOST at 127.0.0.1."
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_free(host: str, port: int) -> None:
    """Errors: PortInUse, with what to do; uvicorn itself would log it and exit."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortInUse(
                f"{host}:{port} cannot be bound ({error.strerror}). Stop what listens there, or "
                "set ATLAS_PORT to another port.",
                port=port,
            ) from error

"""Serves the API until somebody stops it."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from app.core.errors import PortInUse
from app.core.settings import Settings

_ENDINGS = (signal.SIGINT, signal.SIGTERM)


async def serve(app: FastAPI, settings: Settings) -> None:
    """Run uvicorn on the settings' address until Ctrl-C or SIGTERM. Errors: PortInUse."""
    require_free(settings.host, settings.port)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="asyncio",  # the running loop stays
        http="httptools",
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=5,
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for ending in _ENDINGS:
        loop.add_signal_handler(ending, server.end)
    try:
        await server.serve()
    finally:
        for ending in _ENDINGS:
            loop.remove_signal_handler(ending)


class _Server(uvicorn.Server):
    """A server that leaves the signals to Atlas: uvicorn would raise them again after serving, and
    end the process before the embedded database is stopped."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def end(self) -> None:
        self.should_exit = True


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

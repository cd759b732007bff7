"""Serves the API until somebody stops it."""

import socket

import uvicorn
from fastapi import FastAPI

from app.core.errors import PortInUse
from app.core.settings import Settings


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
    await uvicorn.Server(config).serve()


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

"""HTTP: how the server speaks it, with websockets for those who ask for one."""

import asyncio
from typing import Any

import uvicorn

from prorata.server.assemble import Server


def http_config(server: Server, log_level: str = "warning") -> uvicorn.Config:
    """Return the settings of the HTTP server for an assembled Prorata."""
    websockets: Any = _websocket
    return uvicorn.Config(
        server.application, log_level=log_level, access_log=False, lifespan="off", ws=websockets
    )


def _websocket(**settings: Any) -> asyncio.Protocol:
    """Return the protocol of one websocket; its library is loaded with the first of them."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    return WebSocketsSansIOProtocol(**settings)

"""The entrance: the pages are loaded when somebody first asks for one; an API starts without."""

import asyncio
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from prorata.engine.runtime import System

if TYPE_CHECKING:
    from prorata.web.design.site import Site

API = ("/v1/", "/v2/")


class Entrance:
    """Answers what the site has a page for."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._site: Site | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        if scope["path"].startswith(API):
            return False
        site = self._site
        if site is None:
            site = self._site = await asyncio.to_thread(self._opened)
        return await site(scope, receive, send)

    def _opened(self) -> "Site":
        from prorata.web.design.site import Site
        from prorata.web.routes import all_routes

        return Site(self._system, all_routes())

"""Multipart bodies: the form of a file upload, read by Starlette's parser."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from prorata.model.errors import InvalidRequest
from prorata.wire.forms import grow


def parse_multipart(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the fields of a multipart body as a tree; a file is {filename, type, content}."""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    async def parse() -> list[tuple[str, Any]]:
        form = await MultiPartParser(Headers({"content-type": content_type}), stream()).parse()
        pairs: list[tuple[str, Any]] = []
        for name, value in form.multi_items():
            pairs.append((name, await _file(value) if isinstance(value, UploadFile) else value))
        await form.close()
        return pairs

    try:
        # The whole body is in memory already, so nothing here waits.
        return grow(_run(parse()))
    except MultiPartException as error:
        raise InvalidRequest(f"The multipart body could not be read: {error.message}") from error


async def _file(upload: UploadFile) -> dict[str, Any]:
    content = await upload.read()
    return {"filename": upload.filename, "type": upload.content_type, "content": content}


def _run(coroutine: Any) -> Any:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()

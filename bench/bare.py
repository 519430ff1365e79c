"""Bare: the least that a Python HTTP server can do, as a measure for ours."""

import sys
from pathlib import Path
from typing import Any

import uvicorn


def main() -> None:
    """Serve the bytes of a file on a port, whatever is asked."""
    port, file, media_type = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    body = Path(file).read_bytes()
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
    ]

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    uvicorn.run(
        answer, host="127.0.0.1", port=port, lifespan="off", log_level="warning", access_log=False
    )


if __name__ == "__main__":
    main()

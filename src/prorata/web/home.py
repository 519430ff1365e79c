"""Home: what a person sees who opens the address of a development server in a browser."""

from html import escape

from starlette.types import Receive, Scope, Send

from prorata.web.frame import page


class HomePage:
    """Answers / with where the API is, which keys open it and what to try."""

    def __init__(self, url: str, secret_key: str, publishable_key: str) -> None:
        rows = (("API", url), ("Secret key", secret_key), ("Publishable key", publishable_key))
        facts = "".join(
            f"<dt>{escape(name)}</dt><dd><code>{escape(value)}</code></dd>" for name, value in rows
        )
        command = escape(f"curl {url}/v1/customers -u {secret_key}: -d name=Ada")
        self._content = (
            "<h1>Prorata is running</h1>"
            "<p>Stripe’s API answers here. Point your SDK’s base address at it.</p>"
            f'<dl class="wide">{facts}</dl><p>Try it:</p><pre><code>{command}</code></pre>'
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        if scope["path"] != "/" or scope["method"] not in ("GET", "HEAD"):
            return False
        await page("Prorata", "Prorata", self._content)(scope, receive, send)
        return True

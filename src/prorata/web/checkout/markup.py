"""Markup: the little of it that sellers may use in their own texts: links and bold words."""

import re

from markupsafe import Markup, escape

_LINK = re.compile(r"\[([^\[\]]{1,200})\]\((https?://[^\s()<>\"']{1,500})\)")
_BOLD = re.compile(r"\*\*([^*]{1,200})\*\*")


def linked(text: str) -> Markup:
    """Return a seller's text as HTML; `[words](https://…)` is a link, `**words**` are bold."""
    safe = str(escape(text))
    safe = _LINK.sub(r'<a href="\2" target="_blank" rel="noopener noreferrer">\1</a>', safe)
    safe = _BOLD.sub(r"<strong>\1</strong>", safe)
    return Markup(safe.replace("\n", "<br>"))

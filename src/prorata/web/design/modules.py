"""Modules: what the scripts of a page import, so that a browser asks for all of it at once."""

import re
from functools import cache
from posixpath import dirname, join, normpath

from prorata.web.design.assets import content

# What a module loads by `import()` is for few visitors, and not part of it.
IMPORT = re.compile(r"""\bfrom\s+['"](\.[\w./]+\.js)['"]""")


@cache
def imported(*names: str) -> tuple[str, ...]:
    """Return the files below `static` that some need, the nearest first, without these."""
    found = dict.fromkeys(names)
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        for path in IMPORT.findall(content(name).decode()):
            module = normpath(join(dirname(name), path))
            if module not in found:
                found[module] = None
                waiting.append(module)
    return tuple(found)[len(names) :]

"""Printing: what there is, as tables."""

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from prorata.rules.mail_addresses import one_line


def as_said(text: str) -> Text:
    """Return somebody's words for a terminal, which is told nothing else by them."""
    return Text(one_line(text))


def print_routes() -> None:
    """Print every route and the function that answers it."""
    import prorata.engine.all
    import prorata.resources.all  # noqa: F401
    from prorata.api.derived import all_operations

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("method")
    table.add_column("path", no_wrap=True)
    table.add_column("function", no_wrap=True)
    for each in sorted(all_operations(), key=lambda each: (each.path, each.method)):
        table.add_row(each.method, each.path, each.name)
    console = Console()
    console.width = max(console.width, 140) if not console.is_terminal else console.width
    console.print(table)


def print_openapi() -> None:
    """Print the description of the API, made from the routes, parameters and nouns."""
    import prorata.engine.all
    import prorata.resources.all  # noqa: F401
    from prorata.api.openapi.document import openapi_bytes

    sys.stdout.buffer.write(openapi_bytes() + b"\n")

"""Typesetting: a sheet becomes a PDF that can be archived and read aloud (PDF/A-2a, tagged).

A page takes some milliseconds; the compiler and its fonts are loaded with the first one.
"""

import json
import tempfile
import threading
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from prorata.web.documents.sheet import Sheet

STANDARD = "a-2a"
_ONE_AT_A_TIME = threading.Lock()


def typeset(sheet: Sheet, logo: tuple[str, bytes] | None = None) -> bytes:
    """Return a sheet as PDF. logo: a name that ends like its type, and the picture."""
    made: bytes = _compiled(
        sheet, logo, format="pdf", pdf_standards=[STANDARD], timestamp=sheet.made_at
    )
    return made


def pictures(sheet: Sheet, logo: tuple[str, bytes] | None = None, ppi: float = 96) -> list[bytes]:
    """Return a sheet's pages as PNG, to be looked at."""
    found = _compiled(sheet, logo, format="png", ppi=ppi)
    return found if isinstance(found, list) else [found]


def _compiled(sheet: Sheet, logo: tuple[str, bytes] | None, **options: Any) -> Any:
    data = {name.replace("_", "-"): value for name, value in to_builtins(sheet).items()}
    # A compiler keeps what it was given last: one paper after the other.
    with _ONE_AT_A_TIME:
        folder, compiler = _compiler()
        if logo is not None:
            (folder / logo[0]).write_bytes(logo[1])
            data["logo"] = f"/{logo[0]}"
        return compiler.compile(sys_inputs={"sheet": json.dumps(data)}, **options)


@cache
def _compiler() -> tuple[Path, Any]:
    # Loaded where a paper is made, which a test seldom does.
    import font_source_sans_pro  # type: ignore[import-untyped]
    import typst

    folder = Path(tempfile.mkdtemp(prefix="prorata-papers-"))
    (folder / "sheet.typ").write_bytes(files(__package__).joinpath("sheet.typ").read_bytes())
    fonts = str(Path(font_source_sans_pro.__file__).parent / "files")
    compiler = typst.Compiler(str(folder / "sheet.typ"), root=str(folder), font_paths=[fonts])
    return folder, compiler

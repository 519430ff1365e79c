"""Typesetting: a sheet becomes a PDF that can be archived and read aloud (PDF/A-2a, tagged).

A page takes some milliseconds; the compiler and its fonts are loaded with the first one. The same
sheet always gives the same bytes.
"""

import json
import re
import tempfile
import threading
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import structlog
from msgspec import to_builtins

from prorata.web.documents.sheet import Sheet

STANDARD = "a-2a"
# A picture and the name that says what kind it is.
Logo = tuple[str, bytes]
KEPT = 32
# What is no text: control characters, marks that turn the direction of what stands after them,
# and characters that mean something in one font only.
UNWRITABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff"
    r"\ufff9-\uffff\ud800-\udfff\ue000-\uf8ff\U000e0000-\U0010ffff]"
)
# A word without end is divided where the column ends.
ENDLESS = re.compile(r"\S{28,}")
PLACES = re.compile(r"(\S{4})(?=\S)")
# In every language that papers are written in, a word of its own letters.
PROBES = {"ja": "請求書ありがとうイス"}
_ONE_AT_A_TIME = threading.Lock()
log = structlog.get_logger("prorata.web")


def typeset(sheet: Sheet, logo: Logo | None = None) -> bytes:
    """Return a sheet as PDF. logo: a name that ends like its type, and the picture."""
    return _pdf(_data(sheet, logo), logo, sheet.made_at)


def pictures(sheet: Sheet, logo: Logo | None = None, ppi: float = 96) -> list[bytes]:
    """Return a sheet's pages as PNG, to be looked at."""
    found = _compiled("sheet.typ", _data(sheet, logo), logo, format="png", ppi=ppi)
    return found if isinstance(found, list) else [found]


@cache
def can_write(language: str) -> bool:
    """Return whether some font on this machine has the letters of a language."""
    import typst

    if language not in PROBES:
        return True
    try:
        _compiled("probe.typ", json.dumps(PROBES[language]), None,
                  format="pdf", pdf_standards=[STANDARD], timestamp=0)  # fmt: skip
    except typst.TypstError:
        return False
    return True


def _data(sheet: Sheet, logo: Logo | None) -> str:
    data = {name.replace("_", "-"): _clean(value) for name, value in to_builtins(sheet).items()}
    if logo is not None:
        data["logo"] = f"/{logo[0]}"
    return json.dumps(data, ensure_ascii=False)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return ENDLESS.sub(_divisible, UNWRITABLE.sub("", value))
    if isinstance(value, dict):
        return {name: each if name == "url" else _clean(each) for name, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list | tuple) else value


def _divisible(word: re.Match[str]) -> str:
    return PLACES.sub("\\1\u200b", word[0])


@lru_cache(maxsize=KEPT)
def _pdf(data: str, logo: Logo | None, made_at: int) -> bytes:
    import typst

    # A picture may be none, and a letter may be in no font here: the paper is due anyway.
    pictures_to_try = (logo, None) if logo is not None else (None,)
    ways = [(each, standards) for standards in ([STANDARD], []) for each in pictures_to_try]
    for picture, standards in ways:
        text = data if picture is not None else _without_logo(data)
        try:
            made: bytes = _compiled(
                "sheet.typ", text, picture, format="pdf", pdf_standards=standards,
                timestamp=made_at,
            )  # fmt: skip
            return made
        except typst.TypstError as fault:
            log.warning("a paper is not as it should be", reason=str(fault))
    raise AssertionError("a paper without a picture or a standard can be made")


def _without_logo(data: str) -> str:
    return json.dumps({**json.loads(data), "logo": None}, ensure_ascii=False)


def _compiled(main: str, data: str, logo: Logo | None, **options: Any) -> Any:
    # A compiler keeps what it was given last: one paper after the other.
    with _ONE_AT_A_TIME:
        folder, compiler = _compiler(main)
        if logo is not None:
            (folder / logo[0]).write_bytes(logo[1])
        return compiler.compile(sys_inputs={"sheet": data}, **options)


@cache
def _compiler(main: str) -> tuple[Path, Any]:
    # Loaded where a paper is made, which a test seldom does.
    import font_source_sans_pro  # type: ignore[import-untyped]
    import typst

    folder = Path(tempfile.mkdtemp(prefix="prorata-papers-"))
    (folder / main).write_bytes(files(__package__).joinpath(main).read_bytes())
    fonts = str(Path(font_source_sans_pro.__file__).parent / "files")
    compiler = typst.Compiler(str(folder / main), root=str(folder), font_paths=[fonts])
    return folder, compiler

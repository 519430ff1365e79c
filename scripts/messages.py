"""Bring the catalogues of the pages' texts up to date: `messages.py [--check]`.

Texts are found in templates (`_("…")`, `count_("…", "…", n)`) and in Python (`.text("…")`,
`.count_text("…", "…", n)`, `_("…")`). New ones are added without a translation,
those that are not used any more are dropped. With --check nothing is written, and the exit code
tells whether something was missing.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1] / "src" / "prorata"
LOCALES = ROOT / "web" / "locales"
TAGS = ("de", "es", "fr", "it", "ja", "nl", "pt")
# Rooms beside the web's that speak to customers.
OUTSIDE = ("mail",)
KEYWORDS = {
    "_": None, "text": None, "count_": (1, 2), "count_text": (1, 2),
}  # fmt: skip
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]


def texts() -> dict[str, Catalog]:
    """Return every text of the pages, room by room."""
    rooms: dict[str, Catalog] = {}
    for folder in (ROOT / "web", ROOT / "web" / "templates", ROOT):
        for room in sorted(folder.iterdir()):
            if not room.is_dir() or room.name in ("static", "templates", "locales"):
                continue
            if folder == ROOT and room.name not in OUTSIDE:
                continue
            catalog = rooms.setdefault(room.name, Catalog(charset="utf-8"))
            for _, _, message, _, _ in extract_from_dir(
                room, METHODS, keywords=KEYWORDS, directory_filter=lambda _: True
            ):
                catalog.add(message)
    return {room: catalog for room, catalog in rooms.items() if len(catalog)}


def updated(path: Path, wanted: Catalog) -> bytes:
    """Return a room's catalogue in one language with the texts that are wanted."""
    tag = path.stem
    catalog = Catalog(tag, charset="utf-8")
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=tag)
    catalog.update(wanted, no_fuzzy_matching=True)
    out = BytesIO()
    write_po(out, catalog, width=100, omit_header=False, ignore_obsolete=True,
             no_location=True, sort_output=True)  # fmt: skip
    _, _, body = out.getvalue().decode().partition('\n\n')
    head = f'msgid ""\nmsgstr ""\n"Language: {tag}\\n"\n"Plural-Forms: {catalog.plural_forms}\\n"\n'
    return f'{head}"Content-Type: text/plain; charset=utf-8\\n"\n\n{body}'.encode()


def missing(path: Path) -> list[str]:
    """Return the texts that a catalogue does not translate."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.stem)
    found = []
    for message in catalog:
        strings = message.string if isinstance(message.string, (tuple, list)) else [message.string]
        if message.id and (message.fuzzy or not all(strings)):
            found.append(str(message.id))
    return found


def main() -> int:
    """Write the catalogues, or check them; return how many texts are not translated."""
    check, wrong = "--check" in sys.argv, 0
    for room, wanted in texts().items():
        for tag in TAGS:
            path = LOCALES / room / f"{tag}.po"
            path.parent.mkdir(parents=True, exist_ok=True)
            content = updated(path, wanted)
            if check and (not path.exists() or path.read_bytes() != content):
                print(f"{room}/{tag}: run `python scripts/messages.py`")
                wrong += 1
                continue
            if not check:
                path.write_bytes(content)
            untranslated = missing(path)
            wrong += len(untranslated)
            for message in untranslated:
                print(f"{room}/{tag}: {message}")
    return min(wrong, 100)


if __name__ == "__main__":
    sys.exit(main())

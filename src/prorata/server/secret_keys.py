"""Secret keys: where the keys come from that secrets are encrypted with in the database.

They are kept apart from it: in PRORATA_SECRET_KEYS, newest first with commas between, or in the
file that PRORATA_SECRET_KEYS_FILE names, one to a line. Without either, an SQLite file has a file
of keys beside it, which is made when it is missing; a database server has none in production.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from prorata.model.errors import Refused
from prorata.server.settings import Settings
from prorata.store.seals import Seals, new_key

VARIABLE = "PRORATA_SECRET_KEYS"
FILE_VARIABLE = "PRORATA_SECRET_KEYS_FILE"
ENDING = ".keys"
# Printed here, so it keeps nothing secret: of development servers on a database server.
DEV_KEY = "cHJvcmF0YS1kZXZlbG9wbWVudC1rZXktMDAwMDAwMDA="


def open_seals(settings: Settings, database: str) -> Seals:
    """Return the keys of a system on a database; raise Refused for keys that cannot be read."""
    keys = settings.secret_keys or given_keys()
    if keys is not None:
        return Seals(keys)
    file = key_file(database)
    if file is None:
        return Seals((DEV_KEY,) if settings.dev else ())
    # A key that another process puts there is found when something is sealed with it.
    return Seals(_keys_beside(file), reread=lambda: _read(file))


def require_keys(database: str) -> None:
    """Raise Refused where a production server would find no keys."""
    if given_keys() is None and key_file(database) is None:
        raise Refused(
            f"secrets in the database are encrypted, and {VARIABLE} is not set. `prorata keys"
            " new-encryption` makes a key; every process on this database needs the same ones."
        )


def given_keys() -> tuple[str, ...] | None:
    """Return the keys that the environment gives, None when it gives none."""
    text = os.environ.get(VARIABLE)
    if text:
        return tuple(each.strip() for each in text.split(",") if each.strip())
    named = os.environ.get(FILE_VARIABLE)
    return _read(Path(named)) if named else None


def key_file(database: str) -> Path | None:
    """Return the file of keys that stands beside an SQLite file."""
    path = database.removeprefix("sqlite:///")
    return None if path == database else Path(path + ENDING)


def add_key_beside(database: str) -> None:
    """Put a new key before those in the file beside an SQLite file; raise Refused elsewhere."""
    file = key_file(database)
    if given_keys() is not None or file is None:
        raise Refused(
            f"the keys are given by {VARIABLE}: put a new one before them, start every process"
            " anew, and run this command again without --new-key."
        )
    keys = (new_key(), *_keys_beside(file))
    with _draft(file, keys) as draft:
        draft.replace(file)


def _keys_beside(file: Path) -> tuple[str, ...]:
    if not file.exists():
        # Whole or not at all, and by one process only.
        with _draft(file, (new_key(),)) as draft, contextlib.suppress(FileExistsError):
            os.link(draft, file)
    return _read(file)


def _read(file: Path) -> tuple[str, ...]:
    try:
        keys = tuple(file.read_text().split())
    except OSError as error:
        raise Refused(f"cannot read the encryption keys in {file}: {error.strerror}.") from None
    if not keys:
        raise Refused(f"there is no encryption key in {file}.")
    return keys


@contextlib.contextmanager
def _draft(file: Path, keys: tuple[str, ...]) -> Iterator[Path]:
    """Write keys to a file of its own that only its owner may read; it is gone at the end."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write("".join(f"{key}\n" for key in keys))
            stream.flush()
            os.fsync(stream.fileno())
        yield draft
        # What is sealed from now on must not outlast the name of the file when the power goes.
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise Refused(f"cannot write the encryption keys to {file}: {error.strerror}.") from None
    finally:
        draft.unlink(missing_ok=True)

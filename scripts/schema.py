"""Write sqlite.sql: the tables that the migrations make in an empty SQLite file."""

import sqlite3
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from prorata.server.current import SCHEMA
from prorata.server.migrate import migrate


def script() -> str:
    """Return the statements, in the order in which they were run."""
    with tempfile.TemporaryDirectory() as folder:
        migrate(f"sqlite:///{folder}/made.db")
        raw = sqlite3.connect(f"{folder}/made.db")
        made = raw.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        (version,) = raw.execute("SELECT version_num FROM alembic_version").fetchone()
        raw.close()
    statements = [sql.replace("\t", "  ").replace(" \n", "\n") for (sql,) in made]
    statements.append(f"INSERT INTO alembic_version (version_num) VALUES ('{version}')")
    return "".join(f"{statement};\n" for statement in statements)


if __name__ == "__main__":
    SCHEMA.write_text(script())
    print(f"wrote {SCHEMA}")

"""Schema: the tables of a fresh database, and the check that an old one is up to date."""

from sqlalchemy import create_engine

from prorata.store.tables import schema


def engine_url(url: str) -> str:
    """Return a database address as SQLAlchemy spells it."""
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    return url.replace("sqlite:///", "sqlite:////", 1) if _absolute(url) else url


def create_schema(url: str) -> None:
    """Create the tables that are missing."""
    engine = create_engine(engine_url(url))
    try:
        schema().create_all(engine)
    finally:
        engine.dispose()


def _absolute(url: str) -> bool:
    return url.startswith("sqlite:////") is False and url.removeprefix("sqlite:///").startswith("/")

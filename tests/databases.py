"""Databases: private ones on the PostgreSQL of the tests, emptied and used again.

To copy a database is to copy 600 files; to empty one, a few rows are deleted.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg
from psycopg import sql

POSTGRES = os.environ.get("PRORATA_TEST_POSTGRES")
# Copies of a template that nobody uses now, by the template.
_spare: dict[str, list[str]] = {}
# One that has grown beyond this is not worth emptying.
MOST_BYTES = 32 << 20
OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    AND relname <> 'alembic_version'
"""
# What a test may have done to a database besides writing rows.
FORM = """
    SELECT md5(string_agg(concat_ws(' ', c.relname, c.relkind, c.reloptions, a.attname, a.atttypid,
        a.attnotnull), ',' ORDER BY c.relname, a.attnum)),
        (SELECT string_agg(version_num, ',') FROM alembic_version),
        (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_constraint),
        (SELECT count(*) FROM pg_namespace WHERE NOT starts_with(nspname::text, 'pg_')),
        (SELECT count(*) FROM pg_db_role_setting WHERE setdatabase =
            (SELECT oid FROM pg_database WHERE datname = current_database()))
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'public'::regnamespace
"""


@contextmanager
def postgres_database(template: str | None = None) -> Iterator[str]:
    """Give the URL of a database that is used by nobody else until the end.

    It is empty, or has the tables of the template and no rows.
    """
    if template is None:
        name = _create()
        try:
            yield _url(name)
        finally:
            _drop(name)
        return
    spare = _spare.setdefault(template, [])
    name = spare.pop() if spare else _create(template)
    try:
        yield _url(name)
    finally:
        if _empty(name, template):
            spare.append(name)
        else:
            _drop(name)


def drop_spares(template: str) -> None:
    """Drop the copies of a template that are kept for whoever wants one next."""
    for name in _spare.pop(template, []):
        _drop(name)


def _url(name: str) -> str:
    assert POSTGRES is not None, "PRORATA_TEST_POSTGRES names the server"
    return POSTGRES.rpartition("/")[0] + "/" + name


def _create(template: str | None = None) -> str:
    name = f"test_{uuid.uuid4().hex[:16]}"
    copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
    with psycopg.connect(_url("postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + copied)
    return name


def _drop(name: str) -> None:
    with psycopg.connect(_url("postgres"), autocommit=True) as admin:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        admin.execute(drop.format(sql.Identifier(name)))


@cache
def _form(template: str) -> object:
    with psycopg.connect(_url(template), autocommit=True) as own:
        return own.execute(FORM).fetchone()


def _empty(name: str, template: str) -> bool:
    """Delete every row of a copy; return False if it is no longer a small copy then."""
    with psycopg.connect(_url(name), autocommit=True) as own:
        own.execute(OTHERS)
        size = own.execute("SELECT pg_database_size(current_database())").fetchone()
        if size is None or size[0] > MOST_BYTES or own.execute(FORM).fetchone() != _form(template):
            return False
        one = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
        written = sql.SQL(" UNION ALL ").join(
            one.format(sql.Literal(table), sql.Identifier(table))
            for (table,) in own.execute(TABLES)
        )
        for (table,) in own.execute(written).fetchall():
            own.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        own.execute("SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence")
    return True

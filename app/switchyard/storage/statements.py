"""Small helpers to write rows with plain sqlite3: the hot path has no layer above it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=64)
def _insert_sql(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))})'


@lru_cache(maxsize=64)
def _update_sql(table: str, columns: tuple[str, ...], where: str) -> str:
    changes = ", ".join(f'"{column}" = ?' for column in columns)
    return f'UPDATE "{table}" SET {changes} WHERE {where}'


def insert(connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> int:
    """Insert a row and return its id. Table and column names are ours, never a person's."""
    cursor = connection.execute(_insert_sql(table, tuple(row)), tuple(row.values()))
    return int(cursor.lastrowid or 0)


def update(connection: sqlite3.Connection, table: str, row: Mapping[str, Any], where: str, *values: Any) -> int:
    """Change the columns of the rows that `where` names, and return how many there were."""
    return connection.execute(_update_sql(table, tuple(row), where), (*row.values(), *values)).rowcount

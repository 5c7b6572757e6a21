"""The emergency override, written down: it holds for every process until it is undone."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from switchyard.core.overrides import Override, Rule, RuleKind
from switchyard.storage.database import Database
from switchyard.storage.ids import new_uid

_READ = "SELECT kind, target, created_ms FROM override ORDER BY created_ms, id"
_KEEP = "INSERT INTO override (uid, kind, target, created_ms) VALUES (?, ?, ?, ?) ON CONFLICT (kind, target) DO NOTHING"


class OverrideStore:
    """Reads and writes the rules of the override."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> Override:
        """Return the rules in force."""
        rows = await self._database.read(lambda c: c.execute(_READ).fetchall())
        return Override(tuple(Rule(RuleKind(kind), target, since_ms) for kind, target, since_ms in rows))

    async def add(self, rule: Rule) -> None:
        """Keep a rule; one that is there already stays as old as it is. One deployment can be forced, no more."""

        def work(connection: sqlite3.Connection) -> None:
            if rule.kind is RuleKind.FORCE:
                sql = "DELETE FROM override WHERE kind = ? AND target <> ?"
                connection.execute(sql, (rule.kind.value, rule.target))
            connection.execute(_KEEP, (new_uid(), rule.kind.value, rule.target, rule.since_ms))

        await self._database.write(work)

    async def remove(self, rules: Sequence[Rule]) -> None:
        """Undo rules."""

        def work(connection: sqlite3.Connection) -> None:
            for rule in rules:
                sql = "DELETE FROM override WHERE kind = ? AND target = ?"
                connection.execute(sql, (rule.kind.value, rule.target))

        await self._database.write(work)

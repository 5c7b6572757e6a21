"""The accounts' rows and what their providers last listed. Keys are not here: only the row's uid names them."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from switchyard.core.catalog import Account, AccountId, Model
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import NameTaken, UnknownName
from switchyard.core.facts import UNKEPT, Kept, facts_of
from switchyard.core.sentence import sentence
from switchyard.storage.database import Database, Work
from switchyard.storage.deployments import KEPT_COLUMNS, MODEL_COLUMNS, facts_to_json, kept_of, model_of
from switchyard.storage.ids import new_uid, now_ms
from switchyard.storage.statements import insert, update

FRESH_S = 1.0

T = TypeVar("T")


class Found(NamedTuple):
    """An account with one of its models: as its list has it (None where it has it not), and what is kept of it."""

    account: Account
    model: Model | None = None
    kept: Kept = UNKEPT


_COLUMNS = "uid, name, provider, base_url, settings, created_ms"

_FIND = (
    "SELECT a.uid, a.name, a.provider, a.base_url, a.settings, a.created_ms,"
    f" {MODEL_COLUMNS}, {KEPT_COLUMNS}"
    " FROM account a LEFT JOIN account_model m ON m.account = a.id AND m.name = ?"
    " LEFT JOIN deployment d ON d.account = a.id AND d.model = ?"
    " WHERE a.deleted_ms IS NULL AND a.name = ? LIMIT 1"
)
_MODELS = (
    f"SELECT {MODEL_COLUMNS},"
    " NOT EXISTS (SELECT 1 FROM deployment h WHERE h.account = m.account AND h.model = m.name AND h.hidden)"
    " FROM (SELECT 0 AS added, * FROM account_model"
    " UNION ALL SELECT 1, id, uid, account, model, id, NULL, NULL, NULL, 1, 0, NULL FROM deployment d WHERE added"
    " AND NOT EXISTS (SELECT 1 FROM account_model l WHERE l.account = d.account AND l.name = d.model)) m"
    " WHERE m.account = ? ORDER BY m.added, m.seq"
)


class AccountStore:
    """Reads and writes accounts.

    What `find` returns is remembered for `FRESH_S`, so that of many messages in a row not each one reads it again:
    what another process changes counts after that time at the latest, what this one changes at once.
    """

    def __init__(self, database: Database, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._found: dict[DeploymentName, Found | None] = {}
        self._found_at = 0.0

    async def list(self) -> list[Account]:
        """Return the accounts by name."""
        sql = f"SELECT {_COLUMNS} FROM account WHERE deleted_ms IS NULL ORDER BY name"
        return [_account(row) for row in await self._database.read(lambda c: c.execute(sql).fetchall())]

    async def get(self, name: str) -> Account | None:
        """Return the account of that name."""
        sql = f"SELECT {_COLUMNS} FROM account WHERE deleted_ms IS NULL AND name = ?"
        row = await self._database.read(lambda c: c.execute(sql, (name,)).fetchone())
        return _account(row) if row is not None else None

    async def add(self, account: Account) -> bool:
        """Keep a new account; False where its name is in use."""

        def work(connection: sqlite3.Connection) -> bool:
            sql = "SELECT 1 FROM account WHERE deleted_ms IS NULL AND name = ?"
            if connection.execute(sql, (account.name,)).fetchone():
                return False
            insert(connection, "account", {"uid": account.uid, "created_ms": account.created_ms} | _changeable(account))
            return True

        return await self._write(work)

    async def find(self, wanted: Sequence[DeploymentName]) -> tuple[Found | None, ...]:
        """Return accounts, each with one of its listed models, in one read: what the calls of a chain need."""

        asked_at = self._monotonic()
        if asked_at - self._found_at < FRESH_S and all(name in self._found for name in wanted):
            return tuple(self._found[name] for name in wanted)

        def work(connection: sqlite3.Connection) -> tuple[Any, ...]:
            return tuple(
                connection.execute(_FIND, (name.model, name.model, name.account)).fetchone() for name in wanted
            )

        rows = await self._database.read(work)
        found = tuple(_found(row) if row is not None else None for row in rows)
        if asked_at - self._found_at >= FRESH_S:
            self._found, self._found_at = {}, asked_at
        self._found.update(zip(wanted, found, strict=True))
        return found

    async def _write(self, work: Work[T]) -> T:
        try:
            return await self._database.write(work)
        finally:
            self.forget()

    def forget(self) -> None:
        """Read what `find` returns anew: something was written. Reads that were asked for before have ended before."""
        self._found = {}

    async def update(self, account: Account) -> None:
        """Keep an account's changes."""
        await self._write(lambda c: update(c, "account", _changeable(account), "uid = ?", account.uid))

    async def remove(self, uid: AccountId) -> None:
        """Mark an account as removed: the history goes on naming it."""
        await self._write(lambda c: update(c, "account", {"deleted_ms": now_ms()}, "uid = ?", uid))

    async def is_removed(self, uid: AccountId) -> bool:
        """Whether an account is marked as removed; one that was never there is not."""
        sql = "SELECT 1 FROM account WHERE deleted_ms IS NOT NULL AND uid = ?"
        return await self._database.read(lambda c: c.execute(sql, (uid,)).fetchone() is not None)

    async def restore(self, name: str) -> AccountId:
        """Take the mark off the account of that name that was removed last; raises `NameTaken` or `UnknownName`."""

        def work(connection: sqlite3.Connection) -> AccountId:
            rows = connection.execute(
                "SELECT uid, deleted_ms FROM account WHERE name = ?"
                " ORDER BY deleted_ms IS NOT NULL, deleted_ms DESC, id DESC LIMIT 1",
                (name,),
            ).fetchall()
            if not rows:
                raise UnknownName(sentence("There is no account named {name}.", name=name))
            uid, deleted_ms = rows[0]
            if deleted_ms is None:
                raise NameTaken(sentence("There is an account named {name} again already.", name=name))
            update(connection, "account", {"deleted_ms": None}, "uid = ?", uid)
            return AccountId(uid)

        return await self._write(work)

    async def models(self, uid: AccountId) -> tuple[tuple[Model, ...], int | None]:
        """Return what the provider last listed, and when (UTC ms; None for never); then what the person added."""

        def work(connection: sqlite3.Connection) -> tuple[tuple[Model, ...], int | None]:
            row = connection.execute("SELECT id, models_ms FROM account WHERE uid = ?", (uid,)).fetchone()
            if row is None:
                return (), None
            rows = connection.execute(_MODELS, (row[0],))
            models = tuple(model_of(columns, offered=bool(offered)) for *columns, offered in rows)
            return models, row[1]

        return await self._database.read(work)

    async def save_models(self, uid: AccountId, models: Sequence[Model], fetched_ms: int) -> None:
        """Keep what the provider lists now, in place of what it listed before."""

        def work(connection: sqlite3.Connection) -> None:
            row = connection.execute("SELECT id FROM account WHERE uid = ?", (uid,)).fetchone()
            if row is None:
                return
            connection.execute("DELETE FROM account_model WHERE account = ?", (row[0],))
            for seq, model in enumerate(models):
                insert(connection, "account_model", {"uid": new_uid(), "account": row[0], "seq": seq} | _model(model))
            update(connection, "account", {"models_ms": fetched_ms}, "id = ?", row[0])

        await self._write(work)


def _account(row: tuple[Any, ...]) -> Account:
    uid, name, provider, base_url, settings, created_ms = row
    values = MappingProxyType(json.loads(settings))
    return Account(AccountId(uid), name, provider, base_url, values, created_ms)


def _found(row: tuple[Any, ...]) -> Found:
    account, listed, kept = row[:6], row[6:13], row[13:]
    return Found(_account(account), model_of(listed) if listed[0] is not None else None, kept_of(kept))


def _changeable(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "provider": account.provider,
        "base_url": account.base_url,
        "settings": json.dumps(dict(account.settings)),
    }


def _model(model: Model) -> dict[str, object]:
    return {
        "name": model.name,
        "context": model.context,
        "max_output": model.max_output,
        "size_bytes": model.size_bytes,
        "chat": int(model.chat),
        "cloud": int(model.cloud),
        "facts": facts_to_json(replace(facts_of(model), context=None, max_output=None)),
    }

"""What is kept of single deployments: the person's word, what they refused, what the price list said."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from switchyard.core.catalog import AccountId, Model
from switchyard.core.chain import DeploymentName
from switchyard.core.facts import NOTHING, Facts, Kept
from switchyard.core.facts_dict import facts_from_dict, facts_to_dict
from switchyard.storage.database import Database, Work
from switchyard.storage.ids import new_uid, now_ms
from switchyard.storage.statements import update

MODEL_COLUMNS = "m.name, m.context, m.max_output, m.size_bytes, m.chat, m.cloud, m.facts"
KEPT_COLUMNS = "d.override, d.refuses, d.looked_up, d.stamp, d.added"

_KEPT = (
    f"SELECT a.name, d.model, {KEPT_COLUMNS} FROM deployment d JOIN account a ON a.id = d.account"
    " WHERE a.deleted_ms IS NULL"
)
_INSERT = (
    "INSERT INTO deployment (uid, account, model, added, changed_ms) SELECT ?, id, ?, 0, ? FROM account WHERE uid = ?"
)
_THE_DEPLOYMENT = "model = ? AND account = (SELECT id FROM account WHERE uid = ?)"


class DeploymentStore:
    """Reads and writes deployments. `on_change` hears of every write."""

    def __init__(self, database: Database, *, on_change: Callable[[], None]) -> None:
        self._database = database
        self._on_change = on_change

    async def all(self) -> dict[DeploymentName, Kept]:
        """Return what is kept of any deployment."""
        rows = await self._database.read(lambda connection: connection.execute(_KEPT).fetchall())
        return {DeploymentName(account, model): kept_of(columns) for account, model, *columns in rows}

    async def override(self, account: AccountId, model: str, facts: Facts) -> None:
        """Keep what the person says of a model; with `NOTHING` the other sources count again."""
        await self._change(account, model, {"override": facts_to_json(facts)})

    async def add(self, account: AccountId, model: str, *, added: bool) -> None:
        """Keep that the person added a model, or took it out again."""
        await self._change(account, model, {"added": int(added)})

    async def hide(self, account: AccountId, models: Sequence[str], *, hidden: bool) -> None:
        """Keep that models are not to be offered where one is chosen, or are again."""

        def work(connection: sqlite3.Connection) -> None:
            for model in models:
                _keep(connection, account, model, {"hidden": int(hidden)})

        await self._write(work)

    async def keep_lookups(self, found: Sequence[tuple[AccountId, str, Facts]], stamp: str) -> None:
        """Keep what the price list of that stamp says, be it nothing, so that it need not be loaded to say it again."""

        def work(connection: sqlite3.Connection) -> None:
            for account, model, facts in found:
                _keep(connection, account, model, {"looked_up": facts_to_json(facts) or "{}", "stamp": stamp})

        await self._write(work)

    async def learn_refusal(self, account: AccountId, model: str, parameter: str) -> None:
        """Keep that a model does not take a parameter."""

        def work(connection: sqlite3.Connection) -> None:
            sql = f"SELECT refuses FROM deployment WHERE {_THE_DEPLOYMENT}"
            row = connection.execute(sql, (model, account)).fetchone()
            known = json.loads(row[0]) if row is not None and row[0] else []
            _keep(connection, account, model, {"refuses": json.dumps(sorted({*known, parameter}))})

        await self._write(work)

    async def forget_refusals(self, account: AccountId, model: str) -> None:
        """Let a model be sent everything again."""
        await self._change(account, model, {"refuses": None})

    async def _change(self, account: AccountId, model: str, columns: Mapping[str, Any]) -> None:
        await self._write(lambda connection: _keep(connection, account, model, columns))

    async def _write(self, work: Work[None]) -> None:
        try:
            await self._database.write(work)
        finally:
            self._on_change()


def _keep(connection: sqlite3.Connection, account: AccountId, model: str, columns: Mapping[str, Any]) -> None:
    """Change a deployment's row, or begin it; nothing is kept of accounts that are not there."""
    row = {**columns, "changed_ms": now_ms()}
    if not update(connection, "deployment", row, _THE_DEPLOYMENT, model, account):
        connection.execute(_INSERT, (new_uid(), model, now_ms(), account))
        update(connection, "deployment", row, _THE_DEPLOYMENT, model, account)


def model_of(columns: Sequence[Any], *, offered: bool = True) -> Model:
    """Return the model of `MODEL_COLUMNS`."""
    name, context, output, size, chat, cloud, more = columns
    if more is None:
        return Model(name, context, output, size, chat=bool(chat), cloud=bool(cloud), offered=offered)
    facts = _facts(more)
    return Model(
        name,
        context,
        output,
        size,
        chat=bool(chat),
        cloud=bool(cloud),
        price=facts.prices[0].price if facts.prices else None,
        capabilities=MappingProxyType(dict(facts.capabilities)),
        quality=facts.quality,
        offered=offered,
    )


def kept_of(columns: Sequence[Any]) -> Kept:
    """Return what `KEPT_COLUMNS` keep."""
    override, refuses, looked_up, stamp, added = columns
    return Kept(
        override=_facts(override) if override else NOTHING,
        refuses=frozenset(json.loads(refuses)) if refuses else frozenset(),
        looked_up=_facts(looked_up) if looked_up else None,
        stamp=stamp or "",
        added=bool(added),
    )


def facts_to_json(facts: Facts) -> str | None:
    """Return facts as a column keeps them; None for nothing."""
    data = facts_to_dict(facts)
    return json.dumps(data) if data else None


def _facts(text: str) -> Facts:
    return facts_from_dict(json.loads(text))

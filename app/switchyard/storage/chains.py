"""The chains' rows: a chain has immutable versions, and the newest is the one in use."""

from __future__ import annotations

import json
import sqlite3

from switchyard.core.chain import Chain
from switchyard.core.chain_dict import chain_from_dict, chain_to_dict, check_name
from switchyard.core.chain_fields import ChainProblem
from switchyard.core.errors import ChainInvalid, NameTaken
from switchyard.core.sentence import sentence
from switchyard.core.value import replace, value
from switchyard.storage.database import Database
from switchyard.storage.ids import new_uid, now_ms
from switchyard.storage.statements import insert, update


@value
class StoredChain:
    """A version of a chain: its number, and the text of the file that says it, where there is one."""

    chain: Chain
    version: int
    text: str | None = None


@value
class ChainVersion:
    """A version as a list shows it. `note` says what was changed, or why."""

    number: int
    created_ms: int
    note: str | None
    is_current: bool


_CURRENT = (
    "SELECT c.name, v.body, max(v.number), {text} FROM chain c JOIN chain_version v ON v.chain = c.id"
    " WHERE c.deleted_ms IS NULL {where} GROUP BY c.id ORDER BY c.name COLLATE NOCASE, c.id"
)
_OF_NAME = "FROM chain c JOIN chain_version v ON v.chain = c.id WHERE c.deleted_ms IS NULL AND c.name = ?"


class ChainStore:
    """Reads and writes chains."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> list[StoredChain]:
        """Return every chain's current version, by name; without their texts."""
        sql = _CURRENT.format(text="NULL", where="")
        return [_stored(row) for row in await self._database.read(lambda c: c.execute(sql).fetchall())]

    async def get(self, name: str) -> StoredChain | None:
        """Return a chain's current version."""
        sql = _CURRENT.format(text="v.text", where="AND c.name = ?")
        row = await self._database.read(lambda c: c.execute(sql, (name,)).fetchone())
        return _stored(row) if row is not None else None

    async def get_version(self, name: str, number: int) -> StoredChain | None:
        """Return a version of a chain, under the name that the chain has now."""
        sql = f"SELECT c.name, v.body, v.number, v.text {_OF_NAME} AND v.number = ?"
        row = await self._database.read(lambda c: c.execute(sql, (name, number)).fetchone())
        return _stored(row) if row is not None else None

    async def versions(self, name: str) -> tuple[ChainVersion, ...]:
        """Return all versions of a chain, the newest first."""
        sql = f"SELECT v.number, v.created_ms, v.note {_OF_NAME} ORDER BY v.number DESC"
        rows = await self._database.read(lambda c: c.execute(sql, (name,)).fetchall())
        return tuple(ChainVersion(number, made_ms, note, at == 0) for at, (number, made_ms, note) in enumerate(rows))

    async def save(
        self, chain: Chain, *, renamed_from: str | None = None, note: str | None = None, text: str | None = None
    ) -> int:
        """Keep a new version and return its number; raises `NameTaken` and `ChainInvalid`.

        Where the chain was renamed, all its versions go on under the new name. `text` is a file that says the chain.
        """
        body = _body(chain)

        def work(connection: sqlite3.Connection) -> int:
            row = _find(connection, renamed_from or chain.name)
            if renamed_from not in (None, chain.name) and _find(connection, chain.name) is not None:
                raise NameTaken(
                    sentence("There is a chain named {name} already.", name=chain.name),
                    sentence("Choose another name."),
                )
            if row is None:
                row = insert(
                    connection,
                    "chain",
                    {"uid": new_uid(), "name": chain.name, "is_default": 0, "created_ms": now_ms()},
                )
            elif renamed_from is not None:
                update(connection, "chain", {"name": chain.name}, "id = ?", row)
            number: int = connection.execute(
                "SELECT coalesce(max(number), 0) + 1 FROM chain_version WHERE chain = ?", (row,)
            ).fetchone()[0]
            version = {"chain": row, "number": number, "body": body, "note": note, "text": text}
            insert(connection, "chain_version", {"uid": new_uid(), "created_ms": now_ms()} | version)
            return number

        return await self._database.write(work)

    async def remove(self, name: str) -> None:
        """Mark a chain as removed."""
        await self._database.write(
            lambda c: update(c, "chain", {"deleted_ms": now_ms()}, "name = ? AND deleted_ms IS NULL", name)
        )

    async def restore(self, name: str) -> None:
        """Take the mark off the chain of that name that was removed last; raises `NameTaken`."""

        def work(connection: sqlite3.Connection) -> None:
            if _find(connection, name) is not None:
                raise NameTaken(sentence("There is a chain named {name} again already.", name=name))
            update(
                connection,
                "chain",
                {"deleted_ms": None},
                "id = (SELECT id FROM chain WHERE name = ? ORDER BY deleted_ms DESC LIMIT 1)",
                name,
            )

        await self._database.write(work)

    async def default(self) -> str | None:
        """Return the default chain's name."""
        sql = "SELECT name FROM chain WHERE is_default = 1 AND deleted_ms IS NULL LIMIT 1"
        row = await self._database.read(lambda c: c.execute(sql).fetchone())
        return str(row[0]) if row is not None else None

    async def set_default(self, name: str) -> None:
        """Make a chain the only default."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE chain SET is_default = (name = ? AND deleted_ms IS NULL)", (name,))

        await self._database.write(work)


def _body(chain: Chain) -> str:
    """Return what is stored: never anything that could not be read back."""
    check_name(chain.name)
    data = chain_to_dict(chain)
    try:
        chain_from_dict(data)
    except ChainProblem as problem:
        raise ChainInvalid(
            sentence("The chain {name} cannot be saved: {problem}.", name=chain.name, problem=problem.text)
        ) from None
    return json.dumps(data, ensure_ascii=False)


def _find(connection: sqlite3.Connection, name: str) -> int | None:
    row = connection.execute("SELECT id FROM chain WHERE name = ? AND deleted_ms IS NULL", (name,)).fetchone()
    return int(row[0]) if row is not None else None


def _stored(row: tuple[str, str, int, str | None]) -> StoredChain:
    name, body, number, text = row
    chain = chain_from_dict(json.loads(body))
    return StoredChain(chain if chain.name == name else replace(chain, name=name), number, text)

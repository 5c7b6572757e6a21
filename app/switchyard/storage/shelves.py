"""Workspaces, folders and tags, and which conversations are kept in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from switchyard.core.filing import Change, Filing, Folder, FolderId, Place, Shelves, Workspace, WorkspaceId
from switchyard.core.message import ConversationId
from switchyard.core.value import replace
from switchyard.storage.database import Database
from switchyard.storage.ids import new_uid, now_ms
from switchyard.storage.statements import insert, update

TAG_SEPARATOR = "\x1f"  # no tag holds one: names are made of printed characters
FILING = (
    "w.uid AS workspace, f.uid AS folder, c.pinned_ms, c.archived_ms, c.deleted_ms,"
    f" (SELECT group_concat(t.name, '{TAG_SEPARATOR}') FROM conversation_tag x JOIN tag t ON t.id = x.tag"
    " WHERE x.conversation = c.id) AS tags"
)
FILED = (
    "LEFT JOIN workspace w ON w.id = c.workspace AND w.deleted_ms IS NULL"
    " LEFT JOIN folder f ON f.id = c.folder AND f.deleted_ms IS NULL"
)
_FOLDERS = (
    "SELECT f.uid, f.name, w.uid, f.folded FROM folder f LEFT JOIN workspace w ON w.id = f.workspace"
    " WHERE f.deleted_ms IS NULL AND w.deleted_ms IS NULL ORDER BY f.seq, f.id"
)
_TAGS = (
    "SELECT name FROM tag t WHERE EXISTS (SELECT 1 FROM conversation_tag x JOIN conversation c ON c.id = x.conversation"
    " WHERE x.tag = t.id AND c.deleted_ms IS NULL) ORDER BY name COLLATE NOCASE, name"
)


def filing(row: sqlite3.Row) -> Filing:
    """Return where the conversation of a row is kept; the row holds `FILING`."""
    place = Place(row["workspace"], row["folder"])
    tags = tuple(sorted(row["tags"].split(TAG_SEPARATOR), key=str.casefold)) if row["tags"] else ()
    return Filing(place, tags, row["pinned_ms"], row["archived_ms"], row["deleted_ms"])


class ShelfStore:
    """Reads and changes them. What is removed bears a mark only, so that all that was in it can come back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> Shelves:
        """Return all there is, in its order."""
        return await self._database.read(_read)

    async def add_workspace(self, name: str) -> Workspace:
        """Make a workspace, behind the others."""
        uid = WorkspaceId(new_uid())
        await self._database.write(lambda connection: _append(connection, "workspace", {"uid": uid, "name": name}))
        return Workspace(uid, name)

    async def add_folder(self, name: str, workspace: WorkspaceId | None) -> Folder:
        """Make a folder, behind the others."""
        uid = FolderId(new_uid())

        def work(connection: sqlite3.Connection) -> None:
            row = {"uid": uid, "name": name, "workspace": _id(connection, "workspace", workspace), "folded": 0}
            _append(connection, "folder", row)

        await self._database.write(work)
        return Folder(uid, name, workspace)

    async def rename(self, uid: WorkspaceId | FolderId, name: str) -> None:
        """Give a workspace or a folder another name."""
        await self._set(uid, name=name)

    async def set_removed(self, uid: WorkspaceId | FolderId, removed: bool) -> None:
        """Take a workspace or a folder away, or bring it back with all that was in it."""
        await self._set(uid, deleted_ms=now_ms() if removed else None)

    async def fold(self, uid: FolderId, folded: bool) -> None:
        """Keep whether a folder's conversations are listed."""
        await self._database.write(lambda connection: update(connection, "folder", {"folded": folded}, "uid = ?", uid))

    async def order_folders(self, uids: Iterable[FolderId]) -> None:
        """Put folders into this order."""
        places = [(seq, uid) for seq, uid in enumerate(uids)]
        await self._database.write(lambda c: c.executemany("UPDATE folder SET seq = ? WHERE uid = ?", places))

    async def change(self, uids: Iterable[ConversationId], change: Change) -> dict[ConversationId, Filing]:
        """Do the same with conversations, in one transaction; return where each was kept before."""

        wanted = list(uids)

        def work(connection: sqlite3.Connection) -> dict[ConversationId, Filing]:
            before = _filings(connection, [*wanted, *change.pins])
            after = before | {uid: _changed(before[uid], change) for uid in wanted if uid in before}
            for seq, uid in enumerate(change.pins, now_ms() - len(change.pins)):
                if uid in after:
                    after[uid] = replace(after[uid], pinned_ms=seq)
            for uid, to in after.items():
                _file(connection, uid, to)
            return before

        return await self._database.write(work)

    async def put_back(self, filings: Mapping[ConversationId, Filing]) -> None:
        """Keep each conversation where it was kept before."""

        def work(connection: sqlite3.Connection) -> None:
            for uid, was in filings.items():
                _file(connection, uid, was)

        await self._database.write(work)

    async def _set(self, uid: str, **row: object) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for table in ("workspace", "folder"):
                update(connection, table, row, "uid = ?", uid)

        await self._database.write(work)


# --- on the thread ----------------------------------------------------------------------------------------------------


def _read(connection: sqlite3.Connection) -> Shelves:
    workspaces = connection.execute("SELECT uid, name FROM workspace WHERE deleted_ms IS NULL ORDER BY seq, id")
    return Shelves(
        tuple(Workspace(*row) for row in workspaces),
        tuple(
            Folder(uid, name, workspace, bool(folded)) for uid, name, workspace, folded in connection.execute(_FOLDERS)
        ),
        tuple(name for (name,) in connection.execute(_TAGS)),
    )


def _append(connection: sqlite3.Connection, table: str, row: Mapping[str, object]) -> None:
    seq = connection.execute(f"SELECT coalesce(max(seq) + 1, 0) FROM {table}").fetchone()[0]
    insert(connection, table, {**row, "seq": seq, "created_ms": now_ms()})


def _id(connection: sqlite3.Connection, table: str, uid: str | None) -> int | None:
    row = connection.execute(f"SELECT id FROM {table} WHERE uid = ?", (uid,)).fetchone()
    return int(row[0]) if row is not None else None


def _filings(connection: sqlite3.Connection, uids: Iterable[ConversationId]) -> dict[ConversationId, Filing]:
    sql = f"SELECT {FILING} FROM conversation c {FILED} WHERE c.uid = ? AND c.gone_ms IS NULL"
    found: dict[ConversationId, Filing] = {}
    for uid in uids:
        cursor = connection.execute(sql, (uid,))
        row = cursor.fetchone()
        if row is not None:
            found[uid] = filing(sqlite3.Row(cursor, row))
    return found


def _changed(was: Filing, change: Change) -> Filing:
    place = Place(was.place.workspace) if change.loose else was.place
    tags = set(was.tags) | ({change.tag} if change.tag else set())
    return Filing(
        place if change.place is None else change.place,
        tuple(sorted(tags - {change.untag or ""})),
        _marked(was.pinned_ms, change.pinned),
        _marked(was.archived_ms, change.archived),
        _marked(was.deleted_ms, change.deleted),
    )


def _marked(was: int | None, wanted: bool | None) -> int | None:
    if wanted is None or wanted is (was is not None):
        return was
    return now_ms() if wanted else None


def _file(connection: sqlite3.Connection, uid: ConversationId, to: Filing) -> None:
    row = {
        "workspace": _id(connection, "workspace", to.place.workspace),
        "folder": _id(connection, "folder", to.place.folder),
        "pinned_ms": to.pinned_ms,
        "archived_ms": to.archived_ms,
        "deleted_ms": to.deleted_ms,
    }
    if not update(connection, "conversation", row, "uid = ? AND gone_ms IS NULL", uid):
        return  # deleted for good since
    conversation = _id(connection, "conversation", uid)
    connection.execute("DELETE FROM conversation_tag WHERE conversation = ?", (conversation,))
    for name in to.tags:
        connection.execute("INSERT OR IGNORE INTO tag (uid, name, created_ms) VALUES (?, ?, ?)", _tag(name))
        connection.execute(
            "INSERT INTO conversation_tag (uid, conversation, tag) VALUES (?, ?, (SELECT id FROM tag WHERE name = ?))",
            (new_uid(), conversation, name),
        )


def _tag(name: str) -> tuple[str, str, int]:
    return new_uid(), name, now_ms()

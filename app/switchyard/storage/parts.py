"""What a message holds beside its words, between rows and values: files, tool calls, citations, what goes back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from switchyard.core.content import Citation, Opaque, StoredFile, ToolCall
from switchyard.core.message import MessageId
from switchyard.core.value import field, record
from switchyard.storage.ids import new_uid

Kept = ToolCall | Citation | StoredFile

EXTRAS_FROM_SEQ = 1000  # behind the words of every attempt: there are at most six, of two parts each
_ADD_FILE = (
    "INSERT INTO part (uid, message, seq, kind, text, data, blob_sha256, superseded) VALUES (?, ?, ?, ?, NULL, ?, ?, 0)"
)
_ADD_EXTRA = (
    "INSERT OR REPLACE INTO part (uid, message, seq, kind, text, data, blob_sha256, attempt, superseded)"
    " SELECT ?, m.id, ?, ?, NULL, ?, ?, a.id, 0 FROM message m"
    " LEFT JOIN route r ON r.uid = ? LEFT JOIN attempt a ON a.route = r.id AND a.n = ? WHERE m.uid = ?"
)
_SET_OPAQUE = (
    "UPDATE part SET opaque = ? WHERE id = (SELECT p.id FROM part p JOIN message m ON m.id = p.message"
    " WHERE m.uid = ? AND p.superseded = 0 ORDER BY p.seq DESC LIMIT 1)"
)


@record
class Extras:
    """What the parts of one message hold beside words."""

    files: list[StoredFile] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    opaque: Opaque | None = None


def keep_files(connection: sqlite3.Connection, message: int | None, files: Sequence[StoredFile]) -> None:
    """Write the files of a message after its words."""
    for seq, file in enumerate(files, 1):
        kind, data = _columns(file)
        connection.execute(_ADD_FILE, (new_uid(), message, seq, kind, data, file.sha256))


def keep_extras(
    connection: sqlite3.Connection, route: str, reply: MessageId, n: int, extras: Sequence[Kept], opaque: Opaque | None
) -> None:
    """Write what an attempt produced beside words, and on its last part what the provider wants back."""
    for seq, extra in enumerate(extras, EXTRAS_FROM_SEQ):
        kind, data = _columns(extra)
        sha256 = extra.sha256 if isinstance(extra, StoredFile) else None
        connection.execute(_ADD_EXTRA, (new_uid(), seq, kind, data, sha256, route, n, reply))
    if opaque is not None:
        text = json.dumps({"owner": opaque.owner, "value": opaque.value}, ensure_ascii=False)
        if not connection.execute(_SET_OPAQUE, (text, reply)).rowcount:  # a reply without a word, that only paused
            connection.execute(_ADD_EXTRA, (new_uid(), EXTRAS_FROM_SEQ, "text", "", None, route, n, reply))
            connection.execute(_SET_OPAQUE, (text, reply))


def _columns(extra: Kept) -> tuple[str, str]:
    """Return the kind and the data of a part."""
    if isinstance(extra, ToolCall):
        return "tool_call", _dump(id=extra.id, name=extra.name, arguments=extra.arguments)
    if isinstance(extra, Citation):
        return "citation", _dump(url=extra.url, title=extra.title, text=extra.text)
    kind = extra.media_type.partition("/")[0]
    kind = kind if kind in ("image", "audio") else "file"
    return kind, _dump(name=extra.name, media_type=extra.media_type, size_bytes=extra.size_bytes)


def _dump(**data: object) -> str:
    return json.dumps(data, ensure_ascii=False)


def read_extra(row: sqlite3.Row, extras: Extras) -> None:
    """Add what a part says beside words; parts of a kind that is not known are passed over."""
    if row["opaque"]:
        opaque = json.loads(row["opaque"])
        extras.opaque = Opaque(opaque["owner"], opaque["value"])
    if not row["data"]:
        return
    data = json.loads(row["data"])
    match row["kind"]:
        case "tool_call":
            extras.calls.append(ToolCall(data["id"], data["name"], data["arguments"]))
        case "citation":
            extras.citations.append(Citation(data["url"], data["title"], data["text"]))
        case "image" | "audio" | "file":
            extras.files.append(StoredFile(data["name"], data["media_type"], row["blob_sha256"], data["size_bytes"]))

"""The schema, step by step: named migrations, one transaction each, with a snapshot before the first.

A released step is never changed; `tests/data/schemas` keeps a file of each released schema.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database as Schema
from sqlite_utils import Migrations

from switchyard.core.value import value
from switchyard.storage.paths import Paths

migrations = Migrations("switchyard")


def migrate(connection: sqlite3.Connection, paths: Paths, steps: Migrations = migrations) -> None:
    """Apply what is pending, after a snapshot of a database that holds anything.

    Every step sets `user_version` within its own transaction, so that an older program can never miss it.
    """
    schema = Schema(connection)
    pending = steps.pending(schema)
    if pending and steps.applied(schema):
        snapshot = paths.database.with_name(f"{paths.database.name}.before-{pending[0].name}")
        snapshot.unlink(missing_ok=True)
        connection.execute("VACUUM INTO ?", (str(snapshot),))
    steps.apply(schema)


@value
class Table:
    """One table beside its `id` and `uid`: columns by type, what may not be null, references, and further indexes."""

    name: str
    columns: dict[str, type]
    required: str
    links: tuple[tuple[str, str], ...] = ()
    indexes: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    extra: str = ""

    def create(self, schema: Schema) -> None:
        """Make the table and its indexes."""
        table = schema.table(self.name)
        table.create(
            {"id": int, "uid": str} | self.columns,
            pk="id",
            not_null={"uid", *self.required.split()},
            foreign_keys=[(column, other, "id") for column, other in self.links],
            strict=True,
        )
        table.create_index(["uid"], unique=True)
        for columns in self.indexes:
            table.create_index(columns.split())
        for columns in self.unique:
            table.create_index(columns.split(), unique=True)
        if self.extra:
            schema.execute(self.extra)


# fmt: off
_FIRST = (
    Table(
        "account",
        {
            "name": str, "provider": str, "base_url": str, "settings": str, "created_ms": int, "deleted_ms": int,
            "models_ms": int,
        },
        "name provider base_url settings created_ms",
    ),
    Table(
        "account_model",
        {
            "account": int, "name": str, "seq": int, "context": int, "max_output": int, "size_bytes": int,
            "chat": int, "cloud": int,
        },
        "account name seq chat cloud",
        links=(("account", "account"),),
        indexes=("account seq",),
    ),
    Table(
        "chain",
        {
            "name": str, "is_default": int, "created_ms": int, "deleted_ms": int,
        },
        "name is_default created_ms",
    ),
    Table(
        "chain_version",
        {
            "chain": int, "number": int, "body": str, "created_ms": int,
        },
        "chain number body created_ms",
        links=(("chain", "chain"),),
        unique=("chain number",),
    ),
    Table(
        "conversation",
        {
            "title": str, "head": int, "created_ms": int, "updated_ms": int, "deleted_ms": int, "messages": int,
            "cost_nanos": int, "free": int, "simulated": int,
        },
        "title created_ms updated_ms messages free simulated",
        indexes=("updated_ms",),
    ),
    Table(
        "message",
        {
            "conversation": int, "parent": int, "role": str, "state": str, "seq": int, "owner": str,
            "created_ms": int, "reasoning_ms": int,
        },
        "conversation role state seq created_ms",
        links=(("conversation", "conversation"), ("parent", "message"),),
        indexes=("conversation seq",),
        extra="CREATE INDEX idx_message_streaming ON message (owner) WHERE state = 'streaming'",
    ),
    Table(
        "route",
        {
            "reply": int, "chain_version": int, "chain": str, "deployment": str, "pinned": int, "parameters": str,
            "system": str, "steps": int, "decision": str, "skipped": str, "failure": str, "question": str,
            "finish": str, "warnings": str, "created_ms": int, "ended_ms": int,
        },
        "pinned parameters steps created_ms",
        links=(("reply", "message"), ("chain_version", "chain_version"),),
        indexes=("reply",),
    ),
    Table(
        "attempt",
        {
            "route": int, "n": int, "step": int, "reason": str, "purpose": str, "account": str,
            "account_name": str, "provider": str, "requested_model": str, "served_model": str, "state": str,
            "owner": str, "failure_kind": str, "failure_code": str, "failure_status": int, "failure_message": str,
            "failure_body": str, "retry_after_ms": int, "request_id": str, "queued_ms": int, "sent_ms": int,
            "first_byte_ms": int, "first_token_ms": int, "ended_ms": int, "ttft_ms": int, "duration_ms": int,
            "input": int, "output": int, "cached_input": int, "cache_write_5m": int, "cache_write_1h": int,
            "reasoning": int, "audio": int, "image": int, "usage_source": str, "cost_nanos": int,
            "cost_source": str, "price": str, "simulated": int, "finish": str,
        },
        "route n step reason purpose account_name provider requested_model state",
        links=(("route", "route"),),
        unique=("route n",),
        extra="CREATE INDEX idx_attempt_running ON attempt (owner) WHERE state = 'running'",
    ),
    Table(
        "part",
        {
            "message": int, "seq": int, "kind": str, "text": str, "data": str, "opaque": str, "blob_sha256": str,
            "attempt": int, "superseded": int,
        },
        "message seq kind superseded",
        links=(("message", "message"), ("attempt", "attempt"),),
        unique=("message seq",),
    ),
    Table(
        "draft",
        {
            "conversation": str, "text": str, "updated_ms": int,
        },
        "conversation text updated_ms",
        unique=("conversation",),
    ),
)
# fmt: on


@migrations()
def m0001_first(schema: Schema) -> None:
    """Accounts, chains, conversations, routes and attempts."""
    for table in _FIRST:
        table.create(schema)
    schema.execute("PRAGMA user_version = 1")


# fmt: off
_DEPLOYMENT = Table(
    "deployment",
    {
        "account": int, "model": str, "added": int, "override": str, "refuses": str, "looked_up": str, "stamp": str,
        "changed_ms": int,
    },
    "account model added changed_ms",
    links=(("account", "account"),),
    unique=("account model",),
)
# fmt: on


@migrations()
def m0002_catalog(schema: Schema) -> None:
    """What is known of models and deployments, and the parts of a usage that have a price of their own."""
    _DEPLOYMENT.create(schema)
    schema.execute("ALTER TABLE account_model ADD COLUMN facts TEXT")
    schema.table("account_model").create_index(["account", "name"])
    for column in ("audio_output", "image_output", "searches"):
        schema.execute(f"ALTER TABLE attempt ADD COLUMN {column} INTEGER")
    schema.execute("PRAGMA user_version = 2")


@migrations()
def m0003_offered(schema: Schema) -> None:
    """Which models are not offered where one is chosen."""
    schema.execute("ALTER TABLE deployment ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0")
    schema.execute("PRAGMA user_version = 3")


# fmt: off
_ROUTING = (
    Table(
        "park",
        {
            "scope": str, "name": str, "kind": str, "message": str, "since_ms": int, "until_ms": int,
            "fingerprint": str,
        },
        "scope name kind since_ms",
        unique=("scope name",),
    ),
    Table(
        "override",
        {
            "kind": str, "target": str, "created_ms": int,
        },
        "kind target created_ms",
        unique=("kind target",),
    ),
    Table(
        "budget",
        {
            "scope": str, "target": str, "period": str, "limit_nanos": int, "warn_share": int, "action": str,
            "created_ms": int, "deleted_ms": int,
        },
        "scope target period action created_ms",
    ),
    Table(
        "reservation",
        {
            "route": str, "n": int, "owner": str, "account": str, "provider": str, "chain": str, "amount_nanos": int,
            "created_ms": int,
        },
        "route n owner account provider amount_nanos created_ms",
        unique=("route n",),
    ),
    Table(
        "budget_notice",
        {
            "budget": str, "verdict": str, "start_ms": int,
        },
        "budget verdict start_ms",
        unique=("budget verdict",),
    ),
)
# fmt: on


@migrations()
def m0004_routing(schema: Schema) -> None:
    """Parks, overrides, budgets and what is reserved under them; tracks and seams; notes and texts of versions."""
    for table in _ROUTING:
        table.create(schema)
    for column in ("track", "seam"):
        schema.execute(f"ALTER TABLE attempt ADD COLUMN {column} TEXT")
    for column in ("note", "text"):
        schema.execute(f"ALTER TABLE chain_version ADD COLUMN {column} TEXT")
    # What was spent since a moment is summed before each call under a budget: from this index alone.
    spent = ["queued_ms", "simulated", "cost_nanos", "provider", "account"]
    schema.table("attempt").create_index(spent, index_name="idx_attempt_spent")
    schema.table("attempt").create_index(["account_name", "requested_model"])
    schema.execute("PRAGMA user_version = 4")


# fmt: off
_CHAT = (
    Table(
        "workspace",
        {
            "name": str, "seq": int, "created_ms": int, "deleted_ms": int,
        },
        "name seq created_ms",
    ),
    Table(
        "folder",
        {
            "workspace": int, "name": str, "seq": int, "folded": int, "created_ms": int, "deleted_ms": int,
        },
        "name seq folded created_ms",
        links=(("workspace", "workspace"),),
    ),
    Table(
        "tag",
        {
            "name": str, "created_ms": int,
        },
        "name created_ms",
        unique=("name",),
    ),
    Table(
        "conversation_tag",
        {
            "conversation": int, "tag": int,
        },
        "conversation tag",
        links=(("conversation", "conversation"), ("tag", "tag")),
        indexes=("tag",),
        unique=("conversation tag",),
    ),
    Table(
        "unsent",
        {
            "conversation": str, "text": str, "files": str, "chain": str, "deployment": str, "reason": str,
            "created_ms": int,
        },
        "conversation text files reason created_ms",
        indexes=("conversation",),
    ),
    Table(
        "pick",
        {
            "kind": str, "target": str, "favourite_ms": int, "used_ms": int,
        },
        "kind target",
        unique=("kind target",),
    ),
)
_CHAT_COLUMNS = {
    "conversation": (
        "workspace INTEGER REFERENCES workspace(id)", "folder INTEGER REFERENCES folder(id)", "pinned_ms INTEGER",
        "archived_ms INTEGER", "unseen TEXT", "title_source TEXT NOT NULL DEFAULT 'words'", "system TEXT",
        "local_only INTEGER NOT NULL DEFAULT 0", "parameters TEXT",
    ),
    "draft": ("files TEXT", "parameters TEXT"),
    "route": ("workspace INTEGER REFERENCES workspace(id)",),
    "reservation": ("workspace TEXT NOT NULL DEFAULT ''",),
    "message": (
        "rating INTEGER", "excluded INTEGER NOT NULL DEFAULT 0", "pinned_ms INTEGER", "deleted_ms INTEGER",
        "indexed INTEGER NOT NULL DEFAULT 0",
    ),
}
# fmt: on

# The index keeps no words of its own: what was said is in `part` alone. Its pieces are joined, eight at a time, where
# that is asked for: in small steps, and never while something else is written.
_WORD_INDEX = (
    "CREATE VIRTUAL TABLE word_index USING fts5(words, content='', prefix='2 3',"
    ' tokenize="unicode61 remove_diacritics 2")',
    "INSERT INTO word_index (word_index, rank) VALUES ('automerge', 0), ('usermerge', 8)",
    "CREATE INDEX idx_message_unindexed ON message (id) WHERE indexed = 0",
)


@migrations()
def m0005_chat(schema: Schema) -> None:
    """Where conversations are kept and how they answer, what waits to be sent, and an index of every word.

    What was said before is taken into the index little by little afterwards.
    """
    for table in _CHAT:
        table.create(schema)
    for table_name, columns in _CHAT_COLUMNS.items():
        for column in columns:
            schema.execute(f"ALTER TABLE {table_name} ADD COLUMN {column}")
    for sql in _WORD_INDEX:
        schema.execute(sql)
    schema.execute("PRAGMA user_version = 5")


@migrations()
def m0006_gone(schema: Schema) -> None:
    """What is deleted for good: since when, and indexes by which it is taken out without reading everything else."""
    schema.execute("ALTER TABLE conversation ADD COLUMN gone_ms INTEGER")
    schema.execute("CREATE INDEX idx_conversation_gone ON conversation (id) WHERE gone_ms IS NOT NULL")
    schema.table("message").create_index(["parent"])
    schema.execute("CREATE INDEX idx_part_blob ON part (blob_sha256) WHERE blob_sha256 IS NOT NULL")
    schema.execute("PRAGMA user_version = 6")


@migrations()
def m0007_characters(schema: Schema) -> None:
    """An index in which each Chinese, Japanese or Korean character is found by itself; it is filled anew, in slices."""
    schema.execute("INSERT INTO word_index (word_index) VALUES ('delete-all')")
    schema.execute("UPDATE message SET indexed = 0 WHERE indexed = 1")
    schema.execute("PRAGMA user_version = 7")

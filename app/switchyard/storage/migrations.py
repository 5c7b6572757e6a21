"""The schema, step by step: named migrations, one transaction each, with a snapshot before the first.

A released step is never changed; `tests/data/schemas` keeps a file of each released schema.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database as Schema
from sqlite_utils import Migrations

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


ROW: dict[str, type] = {"id": int, "uid": str}


def _create(
    schema: Schema, name: str, columns: dict[str, type], *, required: set[str], links: list[tuple[str, str]]
) -> None:
    schema.table(name).create(
        ROW | columns,
        pk="id",
        not_null={"uid", *required},
        foreign_keys=[(column, table, "id") for column, table in links],
        strict=True,
    )
    schema.table(name).create_index(["uid"], unique=True)


@migrations()
def m0001_first(schema: Schema) -> None:
    """Accounts, chains, conversations, routes and attempts."""
    _create(
        schema,
        "account",
        {
            "name": str, "provider": str, "base_url": str, "settings": str, "fallback": int,
            "created_ms": int, "deleted_ms": int, "models_ms": int,
        },
        required={"name", "provider", "base_url", "settings", "fallback", "created_ms"},
        links=[],
    )  # fmt: skip
    _create(
        schema,
        "account_model",
        {
            "account": int, "name": str, "seq": int, "context": int, "max_output": int, "size_bytes": int,
            "chat": int, "cloud": int,
        },
        required={"account", "name", "seq", "chat", "cloud"},
        links=[("account", "account")],
    )  # fmt: skip
    schema.table("account_model").create_index(["account", "seq"])
    _create(
        schema,
        "chain",
        {"name": str, "is_default": int, "created_ms": int, "deleted_ms": int},
        required={"name", "is_default", "created_ms"},
        links=[],
    )
    _create(
        schema,
        "chain_version",
        {"chain": int, "number": int, "body": str, "created_ms": int},
        required={"chain", "number", "body", "created_ms"},
        links=[("chain", "chain")],
    )
    schema.table("chain_version").create_index(["chain", "number"], unique=True)
    _create(
        schema,
        "conversation",
        {
            "title": str, "head": int, "created_ms": int, "updated_ms": int, "deleted_ms": int, "messages": int,
            "cost_nanos": int, "free": int, "simulated": int,
        },
        required={"title", "created_ms", "updated_ms", "messages", "free", "simulated"},
        links=[],
    )  # fmt: skip
    schema.table("conversation").create_index(["updated_ms"])
    _create(
        schema,
        "message",
        {
            "conversation": int, "parent": int, "role": str, "state": str, "seq": int, "owner": str,
            "created_ms": int, "reasoning_ms": int,
        },
        required={"conversation", "role", "state", "seq", "created_ms"},
        links=[("conversation", "conversation"), ("parent", "message")],
    )  # fmt: skip
    schema.table("message").create_index(["conversation", "seq"])
    schema.execute("CREATE INDEX idx_message_streaming ON message (owner) WHERE state = 'streaming'")
    _create(
        schema,
        "route",
        {
            "reply": int, "chain_version": int, "chain": str, "deployment": str, "pinned": int, "parameters": str,
            "system": str, "steps": int, "decision": str, "skipped": str, "failure": str, "question": str,
            "finish": str, "warnings": str, "created_ms": int, "ended_ms": int,
        },
        required={"pinned", "parameters", "steps", "created_ms"},
        links=[("reply", "message"), ("chain_version", "chain_version")],
    )  # fmt: skip
    schema.table("route").create_index(["reply"])
    _create(
        schema,
        "attempt",
        {
            "route": int, "n": int, "step": int, "reason": str, "purpose": str, "account": str, "account_name": str,
            "provider": str, "requested_model": str, "served_model": str, "state": str, "owner": str,
            "failure_kind": str, "failure_code": str, "failure_status": int, "failure_message": str,
            "failure_body": str, "retry_after_ms": int, "request_id": str, "queued_ms": int, "sent_ms": int,
            "first_byte_ms": int, "first_token_ms": int, "ended_ms": int, "ttft_ms": int, "duration_ms": int,
            "input": int, "output": int, "cached_input": int, "cache_write_5m": int, "cache_write_1h": int,
            "reasoning": int, "audio": int, "image": int, "usage_source": str, "cost_nanos": int, "cost_source": str,
            "price": str, "simulated": int, "finish": str,
        },
        required={"route", "n", "step", "reason", "purpose", "account_name", "provider", "requested_model", "state"},
        links=[("route", "route")],
    )  # fmt: skip
    schema.table("attempt").create_index(["route", "n"], unique=True)
    schema.execute("CREATE INDEX idx_attempt_running ON attempt (owner) WHERE state = 'running'")
    _create(
        schema,
        "part",
        {
            "message": int, "seq": int, "kind": str, "text": str, "data": str, "opaque": str, "blob_sha256": str,
            "attempt": int, "superseded": int,
        },
        required={"message", "seq", "kind", "superseded"},
        links=[("message", "message"), ("attempt", "attempt")],
    )  # fmt: skip
    schema.table("part").create_index(["message", "seq"], unique=True)
    _create(
        schema,
        "draft",
        {"conversation": str, "text": str, "updated_ms": int},
        required={"conversation", "text", "updated_ms"},
        links=[],
    )
    schema.table("draft").create_index(["conversation"], unique=True)
    schema.execute("PRAGMA user_version = 1")

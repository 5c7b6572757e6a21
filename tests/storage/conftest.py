"""A data directory of the test's own, and a real database in it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.fakes import new_database

from switchyard.core.events import Finish
from switchyard.core.message import ConversationId, Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Outcome, Reason, RouteRecord
from switchyard.core.usage import CostSource, Price, Usage
from switchyard.storage.blobs import Blobs
from switchyard.storage.database import Database, open_database
from switchyard.storage.drafts import Drafts
from switchyard.storage.history import History
from switchyard.storage.ids import new_uid
from switchyard.storage.liveness import Liveness
from switchyard.storage.paths import Paths, prepare
from switchyard.storage.turns import NewTurn, Turns


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths(tmp_path / "data")
    prepare(found)
    return found


@pytest.fixture
async def database(paths: Paths) -> AsyncIterator[Database]:
    new_database.lay(paths.data_dir)
    opened = await open_database(paths)
    yield opened
    await opened.close()


@pytest.fixture
def liveness(paths: Paths) -> Iterator[Liveness]:
    sign = Liveness(paths.locks)
    yield sign
    sign.release()


@pytest.fixture
def turns(database: Database, liveness: Liveness) -> Turns:
    return Turns(database, liveness)


@pytest.fixture
def history(database: Database, liveness: Liveness) -> History:
    return History(database, liveness)


@pytest.fixture
def drafts(database: Database, paths: Paths) -> Drafts:
    return Drafts(database, Blobs(paths.blobs))


class Make:
    """Values to write: every method takes the fields that matter to the test."""

    ANSWERED: ClassVar[dict[str, Any]] = {
        "outcome": Outcome.COMPLETED,
        "served_model": "m1-2026",
        "request_id": "req-1",
        "sent_ms": 1003,
        "first_byte_ms": 1040,
        "ttft_ms": 41,
        "duration_ms": 95,
        "usage": Usage(11, 20, 3, 1, 2, 5),
        "cost_nanos": 333_000,
        "cost_source": CostSource.COMPUTED,
        "price": Price(3_000_000_000, 15_000_000_000),
        "finish": Finish.STOP,
    }

    def attempt(self, n: int = 1, reason: Reason = Reason.FIRST, model: str = "a/m1", **changes: Any) -> AttemptRecord:
        account, name = model.split("/", 1)
        values: dict[str, Any] = {"provider": "openai", "started_ms": 1000 * n} | changes
        return AttemptRecord(n, n, reason, model, account, model=name, **values)

    def user(self, text: str = "hello", parent: MessageId | None = None) -> Message:
        return Message(MessageId(new_uid()), parent, Role.USER, MessageState.COMPLETE, text, 1000)

    def turn(self, **changes: Any) -> NewTurn:
        user = changes.get("user") or self.user()
        values: dict[str, Any] = {
            "conversation": ConversationId(new_uid()),
            "is_new": True,
            "title": "hello",
            "user": user,
            "reply": MessageId(new_uid()),
            "parent": user.uid,
            "route": new_uid(),
            "chain": None,
            "deployment": "a/m1",
            "stream": True,
            "system": None,
            "steps": 2,
            "created_ms": 1000,
            "attempt": self.attempt(),
        }
        return NewTurn(**(values | changes))

    def record(self, turn: NewTurn, *attempts: AttemptRecord, **changes: Any) -> RouteRecord:
        values: dict[str, Any] = {"finish": Finish.STOP, "steps": turn.steps, "pinned": turn.deployment} | changes
        return RouteRecord(turn.route, turn.chain, attempts, **values)


@pytest.fixture
def make() -> Make:
    return Make()

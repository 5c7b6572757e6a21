"""A process that dies in the middle of a reply loses no word that it had written, and its reply is marked."""

import random
import subprocess
import sys
from pathlib import Path

from switchyard.core.message import MessageState
from switchyard.core.route import Outcome
from switchyard.storage.database import open_database
from switchyard.storage.history import History
from switchyard.storage.liveness import Liveness
from switchyard.storage.paths import Paths

WRITER = Path(__file__).with_name("writer.py")
ROUNDS = 12


def _start(paths: Paths, pieces: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(WRITER), str(paths.data_dir), str(pieces)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _read_then_kill(process: "subprocess.Popen[str]", checkpoints: int) -> tuple[str, int]:
    """Kill after that many checkpoints were reported; return the conversation and the last checkpoint known of."""
    assert process.stdout is not None
    conversation = process.stdout.readline().strip()
    known = 0
    for _ in range(checkpoints):
        known = int(process.stdout.readline())
    process.kill()
    rest = process.stdout.read().split()  # `communicate` would miss what was read ahead of the lines
    process.communicate()
    return conversation, max([known, *map(int, rest)])


async def test_killed_at_any_moment(paths: Paths) -> None:
    rng = random.Random(7)
    for _ in range(ROUNDS):
        conversation, known = _read_then_kill(_start(paths, 0), rng.randrange(60))
        database = await open_database(paths)
        history = History(database, Liveness(paths.locks))
        assert await history.recover() == 1
        assert await history.recover() == 0
        opened = await history.open_conversation(conversation)
        await database.close()
        assert database.warnings == []
        assert opened is not None
        user, reply = opened[1]
        assert user.text == "my words"
        assert reply.state is MessageState.INTERRUPTED
        words = reply.text.split()
        assert words == [f"w{n}" for n in range(len(words))]
        assert known <= len(words) <= known + 1
        assert reply.route is not None
        assert [attempt.outcome for attempt in reply.route.attempts] == [Outcome.CANCELLED]
        assert reply.route.cost_nanos is None
    assert list(paths.locks.glob("*-*.lock")) == []


async def test_a_process_that_lives_is_left_alone(paths: Paths) -> None:
    dead, alive = _start(paths, 3), _start(paths, 3)
    gone, _ = _read_then_kill(dead, 3)
    assert alive.stdout is not None
    lives, *_ = [alive.stdout.readline().strip() for _ in range(4)]
    database = await open_database(paths)
    history = History(database, Liveness(paths.locks))
    assert await history.recover() == 1
    states = {}
    for conversation in (gone, lives):
        opened = await history.open_conversation(conversation)
        assert opened is not None
        states[conversation] = opened[1][1].state
    assert states == {gone: MessageState.INTERRUPTED, lives: MessageState.STREAMING}
    alive.communicate("")
    assert await history.recover() == 1
    await database.close()

"""A process that writes a streaming reply and waits to be killed: `writer.py DATA_DIR PIECES`, or without end.

It prints the conversation, then the number of pieces in each checkpoint once that is on disk.
"""

import asyncio
import sys
from pathlib import Path

from switchyard.core.message import ConversationId, Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Reason
from switchyard.storage.database import open_database
from switchyard.storage.ids import new_uid, now_ms
from switchyard.storage.liveness import Liveness
from switchyard.storage.paths import Paths
from switchyard.storage.turns import NewTurn, Turns


async def main(data_dir: str, pieces: int) -> None:
    paths = Paths(Path(data_dir))
    turns = Turns(await open_database(paths), Liveness(paths.locks))
    user = Message(MessageId(new_uid()), None, Role.USER, MessageState.COMPLETE, "my words", now_ms())
    conversation, reply, route = ConversationId(new_uid()), MessageId(new_uid()), new_uid()
    await turns.begin(
        NewTurn(
            conversation=conversation,
            is_new=True,
            title="my words",
            user=user,
            reply=reply,
            parent=user.uid,
            route=route,
            chain=None,
            deployment="a/m",
            stream=True,
            system=None,
            steps=1,
            created_ms=now_ms(),
            attempt=AttemptRecord(1, 1, Reason.FIRST, "a/m", "a", "openai", "m", now_ms()),
        )
    )
    print(conversation, flush=True)
    written = 0
    while not pieces or written < pieces:
        written += 1
        await turns.checkpoint(route, reply, 1, "".join(f"w{n} " for n in range(written)), "")
        print(written, flush=True)
    sys.stdin.read()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))

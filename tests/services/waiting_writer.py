"""A process that lets messages wait and is killed: `waiting_writer.py DATA_DIR CONVERSATION`; it prints each text."""

import asyncio
import sys
from itertools import count

from switchyard.bootstrap import open_services
from switchyard.core.message import ConversationId
from switchyard.core.unsent import Delay
from switchyard.services.aims import Target


async def main(data_dir: str, conversation: str) -> None:
    async with open_services(data_dir=data_dir, environment={}) as services:
        outgoing = services.kept.unsent
        for number in count():
            text = f"message {number}"
            await outgoing.add(
                outgoing.new(ConversationId(conversation), text, (), Target(chain="Everyday"), Delay.REPLY)
            )
            print(text, flush=True)


asyncio.run(main(*sys.argv[1:]))

"""`switchyard history`: what was said."""

from __future__ import annotations

import argparse
from datetime import datetime

from switchyard.cli.objects import SCHEMA, conversation_object, message_object
from switchyard.cli.terminal import Terminal
from switchyard.core.message import STATES, ConversationId, MessageState
from switchyard.core.sentence import sentence
from switchyard.services.app import Services


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Carry out the action; return the exit code."""
    await (_list if args.action == "list" else _show)(args, services, terminal)
    return 0


async def _list(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    conversations = await services.conversations.list()
    if args.json:
        rows = [conversation_object(conversation) for conversation in conversations]
        terminal.json({"schema": SCHEMA, "conversations": rows})
        return
    for conversation in conversations:
        when = datetime.fromtimestamp(conversation.updated_ms / 1000).strftime("%Y-%m-%d %H:%M")
        terminal.line(f"{conversation.uid}\t{when}\t{conversation.title}")
    if not conversations:
        terminal.say(sentence("There is no conversation yet."))


async def _show(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    conversation, messages = await services.conversations.open(ConversationId(args.uid))
    if args.json:
        terminal.json(
            {"schema": SCHEMA, "conversation": conversation.uid, "messages": [message_object(m) for m in messages]}
        )
        return
    for message in messages:
        state = "" if message.state is MessageState.COMPLETE else f" ({STATES[message.state].word.english()})"
        terminal.line(f"{message.role.value}{state}:\n{message.text}\n")

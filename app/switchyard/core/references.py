"""What a message can bring along that was said or attached before, and a conversation as a text that is attached."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from switchyard.core.content import StoredFile
from switchyard.core.message import ConversationId, Message, Role
from switchyard.core.value import value

_NAME_LENGTH = 80
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


@value
class Referred:
    """A conversation by its title."""

    uid: ConversationId
    title: str


@value
class Offers:
    """What was found: files that were attached before, and conversations; the newest first."""

    files: tuple[StoredFile, ...] = ()
    conversations: tuple[Referred, ...] = ()


def as_markdown(title: str, messages: Sequence[Message]) -> str:
    """Return a conversation as a model reads it: who said what, in order, without what is left out of it."""
    said = [f"# {title}"]
    for message in messages:
        words = "\n\n".join(_words(message))
        if words and not message.excluded:
            said.append(f"## {_speaker(message)}\n\n{words}")
    return "\n\n".join(said) + "\n"


def file_name(title: str, ending: str) -> str:
    """Return the name of a file that holds something of this title, on any system."""
    name = " ".join(_NOT_IN_NAMES.sub(" ", title).split())[:_NAME_LENGTH].strip(" .")
    return f"{name or 'chat'}{ending}"


def _words(message: Message) -> Iterator[str]:
    if message.files:
        yield "Attached: " + ", ".join(file.name for file in message.files if file.name)
    if message.text.strip():
        yield message.text.strip()


def _speaker(message: Message) -> str:
    if message.role is not Role.ASSISTANT:
        return "User" if message.role is Role.USER else message.role.value.capitalize()
    attempt = message.route.answered_by if message.route is not None else None
    return f"Assistant ({attempt.served_model or attempt.model})" if attempt is not None else "Assistant"

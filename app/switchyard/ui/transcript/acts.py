"""What a person can do with a message, which of it a message offers, and the menu that lists it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import Enum
from functools import partial

from switchyard.core.message import STATES, Message, MessageState, Rating, Role
from switchyard.ui.widgets.menu import Menu
from switchyard.ui.words import QT_TRANSLATE_NOOP, translate

PARTIAL = frozenset({MessageState.STOPPED, MessageState.INCOMPLETE, MessageState.INTERRUPTED})


class Act(Enum):
    """One thing that can be done. `EARLIER` and `LATER` walk between the branches that begin here."""

    COPY = "copy"
    RETRY = "retry"
    RETRY_WITH = "retry_with"
    CONTINUE = "continue"
    EDIT = "edit"
    BRANCH = "branch"
    GOOD = "good"
    BAD = "bad"
    QUOTE = "quote"
    PIN = "pin"
    EXCLUDE = "exclude"
    DELETE = "delete"
    EARLIER = "earlier"
    LATER = "later"


EVERYTHING = frozenset(Act)
# Of a chat that is kept nowhere there is nothing to mark, to take out or to go on from.
WITHOUT_KEEPING = frozenset({Act.COPY, Act.RETRY, Act.RETRY_WITH, Act.CONTINUE, Act.EDIT, Act.QUOTE})

# Words, icon and keys, in the menu's order; the second words are those of what is done already.
_ROWS: dict[Act, tuple[str, str, str, str]] = {
    Act.RETRY: (QT_TRANSLATE_NOOP("Acts", "Try again"), "", "retry", ""),
    Act.RETRY_WITH: (QT_TRANSLATE_NOOP("Acts", "Try again with…"), "", "models", ""),
    Act.CONTINUE: (QT_TRANSLATE_NOOP("Acts", "Continue"), "", "play", ""),
    Act.EDIT: (QT_TRANSLATE_NOOP("Acts", "Edit"), "", "edit", ""),
    Act.BRANCH: (QT_TRANSLATE_NOOP("Acts", "Branch into a new chat"), "", "branch", "Ctrl+B"),
    Act.QUOTE: (QT_TRANSLATE_NOOP("Acts", "Quote in the reply"), "", "quote", ""),
    Act.GOOD: (
        QT_TRANSLATE_NOOP("Acts", "Good reply"),
        QT_TRANSLATE_NOOP("Acts", "Take the rating back"),
        "thumb-up",
        "",
    ),
    Act.BAD: (
        QT_TRANSLATE_NOOP("Acts", "Bad reply"),
        QT_TRANSLATE_NOOP("Acts", "Take the rating back"),
        "thumb-down",
        "",
    ),
    Act.PIN: (QT_TRANSLATE_NOOP("Acts", "Pin"), QT_TRANSLATE_NOOP("Acts", "Unpin"), "pin", ""),
    Act.EXCLUDE: (
        QT_TRANSLATE_NOOP("Acts", "Leave out of what is sent"),
        QT_TRANSLATE_NOOP("Acts", "Put back into what is sent"),
        "offline",
        "",
    ),
    Act.DELETE: (QT_TRANSLATE_NOOP("Acts", "Delete with what follows"), "", "trash", ""),
}


def acts_of(message: Message) -> Collection[Act]:
    """Return what can be done with a message as it stands."""
    if not STATES[message.state].can_retry:
        return ()
    both = {Act.PIN, Act.EXCLUDE, Act.DELETE, Act.BRANCH, Act.QUOTE}
    if message.role is Role.USER:
        return both | {Act.EDIT, Act.RETRY, Act.RETRY_WITH}
    if message.state is MessageState.FAILED:
        return {Act.RETRY, Act.RETRY_WITH, Act.DELETE}
    rest = {Act.CONTINUE} if message.state in PARTIAL and message.text else set()
    return both | rest | {Act.RETRY, Act.RETRY_WITH, Act.GOOD, Act.BAD}


def is_done(message: Message, act: Act) -> bool:
    """Whether an act was done, so that doing it again takes it back."""
    match act:
        case Act.GOOD | Act.BAD:
            return message.rating is (Rating.GOOD if act is Act.GOOD else Rating.BAD)
        case Act.PIN:
            return message.pinned
        case Act.EXCLUDE:
            return message.excluded
        case _:
            return False


def name_of(act: Act, *, done: bool = False) -> str:
    """Return what an act is called; of one that is done, what taking it back is called."""
    words, back, _, _ = _ROWS[act]
    return translate("Acts", back if done and back else words)


def fill(menu: Menu, message: Message, offered: Collection[Act], take: Callable[[Act], object]) -> None:
    """Add what can be done with a message to a menu, between lines."""
    wanted = [act for act in _ROWS if act in offered and act in acts_of(message)]
    if wanted and not menu.isEmpty():
        menu.addSeparator()
    for act in wanted:
        if act is Act.DELETE and len(wanted) > 1:
            menu.addSeparator()
        _, _, icon, keys = _ROWS[act]
        words = name_of(act, done=is_done(message, act))
        menu.add(words, partial(take, act), icon=icon, shortcut=keys, danger=act is Act.DELETE)

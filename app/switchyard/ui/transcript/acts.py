"""What a person can do with a message, which of it a message offers, and the menu that lists it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import Enum
from functools import partial

from switchyard.core.events import Finish
from switchyard.core.message import STATES, Message, MessageState, Rating, Role
from switchyard.ui.widgets.menu import Menu
from switchyard.ui.words import QT_TRANSLATE_NOOP, translate

_PARTIAL = frozenset({MessageState.STOPPED, MessageState.INCOMPLETE, MessageState.INTERRUPTED})


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

# What acts are called, in the menu's order, and what taking one back is called.
_WORDS: dict[Act, str] = {
    Act.RETRY: QT_TRANSLATE_NOOP("Acts", "Try again"),
    Act.RETRY_WITH: QT_TRANSLATE_NOOP("Acts", "Try again with…"),
    Act.CONTINUE: QT_TRANSLATE_NOOP("Acts", "Continue"),
    Act.EDIT: QT_TRANSLATE_NOOP("Acts", "Edit"),
    Act.BRANCH: QT_TRANSLATE_NOOP("Acts", "Branch into a new chat"),
    Act.QUOTE: QT_TRANSLATE_NOOP("Acts", "Quote in the reply"),
    Act.GOOD: QT_TRANSLATE_NOOP("Acts", "Good reply"),
    Act.BAD: QT_TRANSLATE_NOOP("Acts", "Bad reply"),
    Act.PIN: QT_TRANSLATE_NOOP("Acts", "Pin"),
    Act.EXCLUDE: QT_TRANSLATE_NOOP("Acts", "Leave out of what is sent"),
    Act.DELETE: QT_TRANSLATE_NOOP("Acts", "Delete with what follows"),
}
_BACK: dict[Act, str] = {
    Act.GOOD: QT_TRANSLATE_NOOP("Acts", "Take the rating back"),
    Act.BAD: QT_TRANSLATE_NOOP("Acts", "Take the rating back"),
    Act.PIN: QT_TRANSLATE_NOOP("Acts", "Unpin"),
    Act.EXCLUDE: QT_TRANSLATE_NOOP("Acts", "Put back into what is sent"),
}
_ICONS: dict[Act, str] = {
    Act.RETRY: "retry",
    Act.RETRY_WITH: "models",
    Act.CONTINUE: "play",
    Act.EDIT: "edit",
    Act.BRANCH: "branch",
    Act.QUOTE: "quote",
    Act.GOOD: "thumb-up",
    Act.BAD: "thumb-down",
    Act.PIN: "pin",
    Act.EXCLUDE: "offline",
    Act.DELETE: "trash",
}
_BRANCH_KEYS = "Ctrl+B"


def acts_of(message: Message) -> Collection[Act]:
    """Return what can be done with a message as it stands."""
    if not STATES[message.state].can_retry:
        return ()
    both = {Act.PIN, Act.EXCLUDE, Act.DELETE, Act.BRANCH, Act.QUOTE}
    if message.role is Role.USER:
        return both | {Act.EDIT, Act.RETRY, Act.RETRY_WITH}
    if message.state is MessageState.FAILED:
        return {Act.RETRY, Act.RETRY_WITH, Act.DELETE}
    rest = {Act.CONTINUE} if is_partial(message) and message.text else set()
    return both | rest | {Act.RETRY, Act.RETRY_WITH, Act.GOOD, Act.BAD}


def is_partial(message: Message) -> bool:
    """Whether a reply ended before all was said: it was stopped, broke off, or is as long as it may be."""
    return message.state in _PARTIAL or reached_limit(message)


def reached_limit(message: Message) -> bool:
    """Whether a reply is as long as it may be, and says no more for that reason alone."""
    whole = message.state is MessageState.COMPLETE
    return whole and message.route is not None and message.route.finish is Finish.LENGTH


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
    if done and act in _BACK:
        return translate("Acts", _BACK[act])
    return translate("Acts", _WORDS[act])


def fill(menu: Menu, message: Message, offered: Collection[Act], take: Callable[[Act], object]) -> None:
    """Add what can be done with a message to a menu, between lines."""
    wanted = [act for act in _WORDS if act in offered and act in acts_of(message)]
    if wanted and not menu.isEmpty():
        menu.addSeparator()
    for act in wanted:
        if act is Act.DELETE and len(wanted) > 1:
            menu.addSeparator()
        keys = _BRANCH_KEYS if act is Act.BRANCH else ""
        words = name_of(act, done=is_done(message, act))
        menu.add(words, partial(take, act), icon=_ICONS[act], shortcut=keys, danger=act is Act.DELETE)

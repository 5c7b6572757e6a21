"""Says in words when a track is taken or a step is asked."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from switchyard.core.condition import AllOf, AnyOf, Condition, Holds, Need, Never, Not, Word
from switchyard.ui.format import count


def condition_words(condition: Condition | None, locale: QLocale) -> str:
    """Return a condition in words; none is what holds otherwise."""
    if condition is None:
        return _tr("otherwise")
    if isinstance(condition, Holds):
        return _fact(condition, locale)
    if isinstance(condition, Not):
        return _tr("not ({condition})").format(condition=condition_words(condition.of, locale))
    if isinstance(condition, Never):
        return _tr("from other tracks")
    joint = _tr(" or ") if isinstance(condition, AnyOf) else _tr(" and ")
    parts = (_nested(one, condition, locale) for one in condition.of)
    return joint.join(parts)


def _nested(part: Condition, whole: AnyOf | AllOf, locale: QLocale) -> str:
    words = condition_words(part, locale)
    mixed = isinstance(part, AnyOf | AllOf) and type(part) is not type(whole)
    return f"({words})" if mixed else words


def _fact(fact: Holds, locale: QLocale) -> str:
    value = fact.value
    if fact.word in _flags():
        yes, no = _flags()[fact.word]
        return yes if value else no
    if fact.word is Word.NEEDS:
        return _needs().get(str(value), str(value))
    if isinstance(value, tuple):
        if fact.word is Word.HOURS:
            return _tr("from {begin} to {end}").format(begin=_clock(value[0]), end=_clock(value[1]))
        return _tr("chats {first} to {last} of 100").format(first=value[0], last=value[1])
    if fact.word is Word.TOKENS_OVER and isinstance(value, int):
        return _tr("over {n} tokens").format(n=count(value, locale))
    if fact.word is Word.TOKENS_UNDER and isinstance(value, int):
        return _tr("under {n} tokens").format(n=count(value, locale))
    if fact.word is Word.WORKSPACE:
        return _tr("in the workspace {name}").format(name=value)
    return _tr("asked for as {name}").format(name=value)


def _flags() -> dict[Word, tuple[str, str]]:
    return {
        Word.OVER_BUDGET: (_tr("over budget"), _tr("within budget")),
        Word.OFFLINE: (_tr("offline"), _tr("online")),
        Word.PRIVATE: (_tr("a private chat"), _tr("not a private chat")),
    }


def _needs() -> dict[str, str]:
    return {
        Need.VISION: _tr("images"),
        Need.TOOLS: _tr("tools"),
        Need.FILES: _tr("files"),
        Need.JSON: _tr("structured replies"),
        Need.REASONING: _tr("reasoning"),
        Need.LONG: _tr("a long message"),
    }


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Conditions", text)

"""What is said of a context: its figure, its state in a sentence, who else reads less, and what is never sent."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QLocale

from switchyard.core.chain import parse_deployment
from switchyard.core.context import Context, Fate, Fit, KeptBack, Reader
from switchyard.core.fitting import room_in
from switchyard.core.message import Message, Role
from switchyard.ui import format as written
from switchyard.ui.pages.chat.context_meter import Reading, Sign
from switchyard.ui.words import QT_TRANSLATE_NOOP, translate

BEGINNING = 160  # characters of a message that a line may show

_LOOKS: dict[Fit, tuple[Sign, str, str]] = {
    Fit.FITS: (Sign.NONE, "text.tertiary", "text.secondary"),
    Fit.TIGHT: (Sign.DOT, "warn.text", "warn.signal"),
    Fit.TRIMMED: (Sign.BAR, "warn.text", "warn.signal"),
    Fit.SUMMARISED: (Sign.BAR, "warn.text", "warn.signal"),
    Fit.ASKS: (Sign.QUESTION, "warn.text", "warn.signal"),
    Fit.OVERFULL: (Sign.CROSS, "bad.text", "bad.signal"),
    Fit.TOO_LONG: (Sign.CROSS, "bad.text", "bad.signal"),
    Fit.UNKNOWN: (Sign.DASHES, "text.tertiary", "text.secondary"),
}
_STATES: dict[Fit, str] = {
    Fit.FITS: QT_TRANSLATE_NOOP("Context", "{name} reads {window}: there is room for all of it."),
    Fit.TIGHT: QT_TRANSLATE_NOOP("Context", "{name} reads {window}: all of it fits, with little room left."),
    Fit.TRIMMED: QT_TRANSLATE_NOOP(
        "Context", "The chat is longer than {name} can read: it is sent without its {oldest}."
    ),
    Fit.SUMMARISED: QT_TRANSLATE_NOOP("Context", "The chat is longer than {name} can read: {by} sums up its {oldest}."),
    Fit.ASKS: QT_TRANSLATE_NOOP(
        "Context", "The chat is longer than {name} can read. You are asked before it is sent without its {oldest}."
    ),
    Fit.OVERFULL: QT_TRANSLATE_NOOP(
        "Context", "Even what is left is longer than {name} can read. Shorten it or use a longer model."
    ),
    Fit.TOO_LONG: QT_TRANSLATE_NOOP(
        "Context", "The chat is longer than {name} can read: nothing is sent. Leave messages out or use a longer model."
    ),
    Fit.UNKNOWN: QT_TRANSLATE_NOOP("Context", "How much {name} reads is not known: all of it is sent."),
}


_KEPT_BACK: dict[KeptBack, str] = {
    KeptBack.REASONING: QT_TRANSLATE_NOOP("Context", "Reasoning is not sent, except where its own model asks for it."),
    KeptBack.CALLS: QT_TRANSLATE_NOOP("Context", "Tool calls without an answer are not sent."),
    KeptBack.IMAGES: QT_TRANSLATE_NOOP("Context", "Images that a model made are not sent."),
}


def reading_of(context: Context, locale: QLocale) -> Reading:
    """Return what the meter shows."""
    sign, ink, signal = _LOOKS[context.fit]
    share = context.tokens / context.window if context.window else 0.0
    return Reading(figure(context, locale), state(context, locale), share, sign, ink, signal)


def figure(context: Context, locale: QLocale) -> str:
    """Return how much of how much, as far as that is known: 41k of 200k."""
    tokens = written.count(context.tokens, locale)
    if context.window is None:
        return tokens
    return translate("Context", "{tokens} of {window}").format(
        tokens=tokens, window=written.count(context.window, locale)
    )


def state(context: Context, locale: QLocale) -> str:
    """Return the state in a sentence."""
    reader = context.reader
    if reader is None:
        return translate("Context", "Nobody can be asked now, so nothing tells how much there is room for.")
    name, window = _model(reader.name), written.count(reader.window or 0, locale)
    oldest = _oldest(context.left_out, locale)
    by = _model(context.by) if context.by is not None else ""
    return translate("Context", _STATES[context.fit]).format(name=name, window=window, oldest=oldest, by=by)


def said_of_smaller(reader: Reader, fit: Fit, locale: QLocale) -> str:
    """Return what happens where a deployment that reads less comes to be asked, or why it is not asked first."""
    name, window = _model(reader.name), written.count(reader.window or 0, locale)
    if reader.passed_over:
        text = translate("Context", "{name} reads {window}. It is skipped: the chat is longer.")
    elif not reader.left_out:
        text = translate("Context", "{name}, where it falls over to, reads {window}: all of it fits there too.")
    elif fit is Fit.ASKS:
        text = translate("Context", "{name}, where it falls over to, reads {window}: you are asked first there too.")
    else:
        text = translate(
            "Context", "{name}, where it falls over to, reads {window}: there it would be sent without its {oldest}."
        )
    return text.format(name=name, window=window, oldest=_oldest(reader.left_out, locale))


def kept_free(context: Context, locale: QLocale) -> str:
    """Return how much of the window is not filled; "" where no window is known."""
    if context.reader is None or context.window is None:
        return ""
    free = context.window - room_in(context.window)
    text = translate("Context", "Of the {window} that {name} reads, {free} are kept free for the answer.")
    return text.format(
        window=written.count(context.window, locale),
        name=_model(context.reader.name),
        free=written.count(free, locale),
    )


def said_of_kept_back(kept_back: Collection[KeptBack]) -> str:
    """Return what is never sent; "" where nothing is kept back."""
    return " ".join(translate("Context", _KEPT_BACK[kind]) for kind in _KEPT_BACK if kind in kept_back)


def who(message: Message) -> str:
    """Return who speaks: the person, or the model that answered."""
    if message.role is Role.USER:
        return translate("Context", "You")
    answered = message.route.answered_by if message.route is not None else None
    return _model(answered.deployment) if answered is not None else translate("Context", "Reply")


def beginning(text: str) -> str:
    """Return how a text begins, on one line."""
    return " ".join(text[: 2 * BEGINNING].split())[:BEGINNING]


def note_of(fate: Fate) -> str:
    """Return in a word or two why something is not sent; "" where it is."""
    match fate:
        case Fate.TRIMMED:
            return translate("Context", "no room")
        case Fate.SUMMARISED:
            return translate("Context", "summed up")
        case Fate.EXCLUDED:
            return translate("Context", "left out")
        case Fate.EMPTY:
            return translate("Context", "empty")
        case _:
            return ""


def _oldest(count: int, locale: QLocale) -> str:
    if count == 1:
        return translate("Context", "oldest message")
    return translate("Context", "oldest {count} messages").format(count=locale.toString(count))


def _model(deployment: str) -> str:
    parsed = parse_deployment(deployment)
    return parsed.model if parsed is not None else deployment

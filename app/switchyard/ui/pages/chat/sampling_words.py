"""What the composer's button says of how replies are made: what was changed, in a word or two."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QLocale

from switchyard.core.content import Effort, Parameter
from switchyard.ui import format as written
from switchyard.ui.words import translate


def changed_words(given: Mapping[str, object], locale: QLocale) -> str:
    """Return the first of what is set, and how much more is; nothing where nothing is."""
    found = [
        words for parameter in Parameter if (words := _words(parameter, given.get(parameter.value), locale)) is not None
    ]
    if len(found) < 2:
        return "".join(found)
    return translate("Sampling", "{first} +{more}").format(first=found[0], more=len(found) - 1)


def _words(parameter: Parameter, value: object, locale: QLocale) -> str | None:
    match parameter, value:
        case Parameter.TEMPERATURE, float() | int():
            return locale.toString(float(value), "g", 3)
        case Parameter.TOP_P, float() | int():
            return translate("Sampling", "top p {value}").format(value=locale.toString(float(value), "g", 3))
        case Parameter.MAX_OUTPUT, int():
            return translate("Sampling", "{tokens} out").format(tokens=written.tokens(value, locale))
        case Parameter.EFFORT, Effort():
            return _EFFORTS[value]()
        case _:
            return None


_EFFORTS = {
    Effort.NONE: lambda: translate("Sampling", "no reasoning"),
    Effort.MINIMAL: lambda: translate("Sampling", "minimal reasoning"),
    Effort.LOW: lambda: translate("Sampling", "low reasoning"),
    Effort.MEDIUM: lambda: translate("Sampling", "medium reasoning"),
    Effort.HIGH: lambda: translate("Sampling", "high reasoning"),
    Effort.MAX: lambda: translate("Sampling", "most reasoning"),
}

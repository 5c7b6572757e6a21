"""Turns sentences that were made outside the window into text, in the person's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from switchyard.core.sentence import Scalar, Sentence, fill

_CONTEXT = "Sentences"

# For what is no widget. Qt's lupdate finds the text, and in which context it is looked up, in each call.
translate = QCoreApplication.translate


class Words:
    """The one place where a `Sentence` becomes text; passed to whatever shows one."""

    def __init__(self, locale: QLocale | None = None) -> None:
        self.locale = locale or QLocale()

    def translate(self, sentence: Sentence) -> str:
        """Return the sentence in the language of the window, its numbers written as its locale does."""
        text = QCoreApplication.translate(_CONTEXT, sentence.source)
        return fill(text, {name: self._scalar(value) for name, value in sentence.params.items()})

    def _scalar(self, value: Scalar | Sentence) -> Scalar:
        if isinstance(value, Sentence):
            return self.translate(value)
        if isinstance(value, float):
            return self.locale.toString(value, "f", 0 if value.is_integer() else 1)
        return value


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Mark a text of a table, to be translated where it is looked up."""
    return text

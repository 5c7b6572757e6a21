"""Sentences that were made outside the window, as text in it."""

from __future__ import annotations

from PySide6.QtCore import QLocale

from switchyard.core.sentence import sentence
from switchyard.ui.words import Words


def test_a_sentence_within_a_sentence_is_put_into_words_too() -> None:
    inner = sentence("{first}, {rest}", first=sentence("no images"), rest=sentence("{count} tools", count=2.5))
    words = Words(QLocale(QLocale.Language.German))
    assert words.translate(sentence("{model} lacks {what}", model="m", what=inner)) == "m lacks no images, 2,5 tools"

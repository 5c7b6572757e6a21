"""The clipboard, and in which shapes the words of a message go there."""

from __future__ import annotations

from enum import Enum

from PySide6.QtGui import QGuiApplication

from switchyard.ui.transcript.markdown.model import Span, TextBlock, settable


class Shape(Enum):
    """What of the words is copied. Rich is plain text, with HTML beside it for programs that take that."""

    RICH = "rich"
    MARKDOWN = "markdown"
    PLAIN = "plain"


def lines_of(text: str) -> list[TextBlock]:
    """Return what a person wrote as it is shown: line by line."""
    return [TextBlock((Span(line),) if line else (), gap=False) for line in settable(text).split("\n")]


def copy_text(text: str) -> None:
    """Put text on the clipboard."""
    QGuiApplication.clipboard().setText(text)

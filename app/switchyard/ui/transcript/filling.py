"""Fills the widgets of messages with their words: at once where they are seen, else in steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from switchyard.ui.transcript.background import Background
from switchyard.ui.transcript.clipboard import lines_of
from switchyard.ui.transcript.markdown.model import Block, TextBlock
from switchyard.ui.transcript.message_view import UserView
from switchyard.ui.transcript.reading import Reading
from switchyard.ui.transcript.reply_view import ReplyView
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.transcript.stage import Item


class Filling:
    """Reads in a thread what is long, and sets it a few milliseconds at a time."""

    def __init__(self, reading: Reading, background: Background) -> None:
        self._reading = reading
        self._background = background

    def fill(self, item: Item, view: ReplyView, speech: Speech, *, seen: bool) -> None:
        """Have the whole text of a reply read, and its widget filled with it."""
        text = item.message.text

        def later(blocks: tuple[Block, ...]) -> None:
            if item.view is view and item.message.text == text:
                self._background.slice(_while_there(view, view.fill(blocks)))

        self._reading.read(text, speech.seams(item.message), view.show_all if seen else None, later)

    def set_later(self, view: UserView) -> None:
        """Have long words of a person parted in the thread, and set in steps."""
        text = view.message.text

        def take(lines: Sequence[TextBlock]) -> None:
            self._background.slice(_while_there(view, view.fill(lines)))

        self._background.compute(lambda: lines_of(text), take)


def _while_there(view: QWidget, steps: Iterator[None]) -> Iterator[None]:
    """Go on for as long as the widget lives: one that scrolled out of sight is gone."""
    while isValid(view) and next(steps, view) is None:
        yield

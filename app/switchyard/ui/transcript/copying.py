"""Puts words of the thread on the clipboard: with their styles, as Markdown, or as plain text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication

from switchyard.core.message import Message, Role
from switchyard.ui.transcript.clipboard import Shape, copy_text, lines_of
from switchyard.ui.transcript.markdown.model import Block
from switchyard.ui.transcript.reading import Reading
from switchyard.ui.transcript.speech import Speech
from switchyard.ui.transcript.thread_selection import Portion, ThreadSelection
from switchyard.ui.transcript.writing import as_html, as_markdown, as_plain

_BETWEEN = "\n\n"


class Copying(QObject):
    """Words far away are read for this alone, and are on the clipboard when that is done."""

    def __init__(
        self, selection: ThreadSelection, reading: Reading, speech: Callable[[], Speech], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._selection = selection
        self._reading = reading
        self._speech = speech

    def copy(self, message: Message, shape: Shape = Shape.RICH) -> None:
        """Copy what is selected; where nothing is, this message."""
        portions = list(self._selection.portions())
        if portions:
            self._copy_portions(portions, shape)
        else:
            self.copy_message(message, shape)

    def copy_message(self, message: Message, shape: Shape = Shape.RICH) -> None:
        """Copy a message; its plain words are what was written, with their Markdown, unless they are asked for."""
        if shape is Shape.MARKDOWN:
            copy_text(message.text)
        elif shape is Shape.PLAIN:
            self._blocks_of(message, lambda blocks: copy_text(as_plain(blocks)))
        else:
            self._blocks_of(message, lambda blocks: _put(message.text, as_html(blocks)))

    def selected_markdown(self) -> str:
        """Return what is selected as Markdown."""
        return _BETWEEN.join(filter(None, map(_markdown_of, self._selection.portions())))

    def _copy_portions(self, portions: Sequence[Portion], shape: Shape) -> None:
        if shape is Shape.MARKDOWN:
            copy_text(_BETWEEN.join(filter(None, map(_markdown_of, portions))))
            return
        read: list[Sequence[Block]] = [()] * len(portions)
        awaited = {at for at, portion in enumerate(portions) if portion.selections is None}

        def take(at: int, blocks: Sequence[Block]) -> None:
            read[at] = blocks
            awaited.discard(at)
            if not awaited:
                _put_blocks(read, shape)

        for at, portion in enumerate(portions):
            if portion.selections is not None:
                read[at] = [block for selection in portion.selections for block in selection.blocks()]
        if not awaited:
            _put_blocks(read, shape)
        for at in sorted(awaited):
            self._blocks_of(portions[at].item.message, partial(take, at))

    def _blocks_of(self, message: Message, then: Callable[[Sequence[Block]], None]) -> None:
        if message.role is Role.USER or not message.text:
            then(lines_of(message.text))
        else:
            self._reading.read(message.text, self._speech().seams(message), then, then)


def _put_blocks(messages: Sequence[Sequence[Block]], shape: Shape) -> None:
    plain = _BETWEEN.join(filter(None, map(as_plain, messages)))
    if shape is Shape.PLAIN:
        copy_text(plain)
    else:
        _put(plain, "".join(map(as_html, messages)))


def _put(plain: str, html: str) -> None:
    data = QMimeData()
    data.setText(plain)
    data.setHtml(html)
    QGuiApplication.clipboard().setMimeData(data)


def _markdown_of(portion: Portion) -> str:
    if portion.selections is None:
        return portion.item.message.text
    passages = (selection.blocks() for selection in portion.selections)
    return _BETWEEN.join(filter(None, map(as_markdown, passages)))

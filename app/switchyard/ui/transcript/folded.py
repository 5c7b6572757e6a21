"""One quiet line that a click opens: what a model thought, or what it asks a tool for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from switchyard.ui.transcript.body import Body
from switchyard.ui.transcript.clipboard import copy_text
from switchyard.ui.transcript.markdown.model import Block
from switchyard.ui.transcript.pieces.base import BLEED, Kit
from switchyard.ui.transcript.pieces.choices import Choice
from switchyard.ui.transcript.quiet_line import HEIGHT, QuietLine

_INSET = 20


class Folded(QWidget):
    """Folded from the start; what it holds is laid out only when it is asked for. `key` is what it is known by."""

    resized = Signal()

    def __init__(self, kit: Kit, icon: str, key: Hashable, parent: QWidget) -> None:
        super().__init__(parent)
        self._kit = kit
        self._key = key
        self._body: Body | None = None
        self._fold = QuietLine(kit.theme, self, icon=icon, folds=True)
        self._fold.clicked.connect(self._on_clicked)

    @abstractmethod
    def _blocks(self) -> Sequence[Block]:
        """Return what is shown once it is open."""

    @property
    def body(self) -> Body | None:
        """The words it holds, while they are shown."""
        return self._body

    @property
    def unfolded(self) -> bool:
        """Whether what it holds is shown."""
        return self._body is not None

    def unfold(self) -> None:
        """Show what it holds."""
        self._kit.choices.set(Choice.OPEN, self._key, on=True)
        self._fold.set_unfolded(True)
        self._body = Body(self._kit, self)
        self._body.move(_INSET, HEIGHT + 2)
        self._body.resized.connect(self.resized)
        self._body.copy_requested.connect(copy_text)
        self._body.show_all(self._blocks())
        self._body.show()

    def arrange(self, width: int) -> int:
        """Lay out for a width of the text column; return the height that takes."""
        self._fold.move(BLEED, 0)
        self._fold.fit(width)
        if self._body is None:
            return HEIGHT
        return HEIGHT + 2 + self._body.arrange(width - _INSET)

    def present(self) -> None:
        """Bring to the screen what was changed and laid out."""
        if self._body is not None:
            self._body.present()

    def _refill(self) -> None:
        """What it holds has changed; one that was open before its widget was made anew is open again."""
        if self._body is not None:
            self._body.show_all(self._blocks())
        elif self._kit.choices.holds(Choice.OPEN, self._key):
            self.unfold()

    def _on_clicked(self) -> None:
        if self._body is None:
            self.unfold()
        else:
            self._kit.choices.set(Choice.OPEN, self._key, on=False)
            self._fold.set_unfolded(False)
            self._body.hide()
            self._body.deleteLater()
            self._body = None
        self.resized.emit()

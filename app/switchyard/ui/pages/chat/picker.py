"""The panel in which it is chosen what answers: every chain, and every model of every account."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from switchyard.services.aims import Target
from switchyard.ui.pages.chat.answer_rows import AnswerRows
from switchyard.ui.pages.chat.targets import Targets
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.chooser import Chooser, ChooserWords
from switchyard.ui.widgets.option_list import Group, holds_all
from switchyard.ui.words import translate

_WIDTH_PX = 340


class Picker(Chooser):
    """`chosen` carries a `Target`, `liked` one that becomes a favourite, or no longer; `current` answers now."""

    def __init__(self, theme: Theme, window: QWidget, targets: Targets, current: Target | None) -> None:
        rows = AnswerRows(targets)

        def find(text: str) -> Sequence[Group]:
            return rows.found(lambda known: holds_all(known, text)) if text.strip() else rows.every()

        super().__init__(theme, window, _words(), find, width_px=_WIDTH_PX, current=current)
        self.liked.connect(rows.like)


def _words() -> ChooserWords:
    return ChooserWords(
        title=translate("Picker", "What answers"),
        field=translate("Picker", "Filter"),
        invitation=translate("Picker", "Filter chains and models"),
        nothing=translate("Picker", "No chain or model matches."),
        list=translate("Picker", "Chains and models"),
    )

"""How a chain begins: empty, or ready-made of what the person has, with the reasons for each choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.ready_made import ReadyMade
from switchyard.services.accounts import AccountView
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.labels import ElidedLabel, Label, Paragraph
from switchyard.ui.widgets.mark import MarkLabel
from switchyard.ui.widgets.scrolling import scrolling
from switchyard.ui.words import Words

_WIDTH_PX = 680
_GUTTER_PX = 32


class StartPanel(QWidget):
    """`chosen` carries the `ReadyMade` that the person takes; `new` begins an empty chain."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = words
        self.new = Button(theme, self.tr("New chain"), "primary", size="large")
        self.offers: list[Button] = []
        self._title = Label(theme, "", "display")
        told = self.tr("A chain says which model is asked, and which one next when that fails.")
        self._told = Paragraph(theme, told, "ui", "text.secondary", centred=True)
        self._offers = QVBoxLayout()
        self._offers.setSpacing(10)
        self._heading = Label(theme, self.tr("Ready-made from your accounts"), "panel")
        self._cards: list[Card] = []
        self._arrange()
        self.show_offers((), {}, first=True)

    def show_offers(self, offers: Sequence[ReadyMade], accounts: Mapping[str, AccountView], *, first: bool) -> None:
        """Show what can be had ready-made from these accounts; `first`: there is no chain yet."""
        self._title.setText(self.tr("No chain yet") if first else self.tr("New chain"))
        self.new.setText(self.tr("New chain") if first else self.tr("Begin with an empty one"))
        self.new.updateGeometry()
        for card in self._cards:
            self._offers.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.offers = []
        self._cards = [self._card(offer, accounts) for offer in offers]
        for card in self._cards:
            self._offers.addWidget(card)
            card.show()
        self._heading.setVisible(bool(offers))

    def _arrange(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(_GUTTER_PX, 44, _GUTTER_PX, 32)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._told)
        column.addSpacing(12)
        column.addWidget(self.new, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(24)
        offers = QWidget()
        offers.setMaximumWidth(_WIDTH_PX)
        held = QVBoxLayout(offers)
        held.setContentsMargins(0, 0, 0, 0)
        held.setSpacing(10)
        held.addWidget(self._heading)
        held.addLayout(self._offers)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(offers, 100)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(2)
        area = scrolling(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def _card(self, offer: ReadyMade, accounts: Mapping[str, AccountView]) -> Card:
        theme, words = self._theme, self._words
        card = Card(theme, padding=14)
        title = words.translate(offer.title)
        head = QHBoxLayout()
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(Label(theme, title, "title"))
        texts.addWidget(Paragraph(theme, words.translate(offer.about), "secondary", "text.tertiary"))
        use = Button(theme, self.tr("Use this"))
        use.setAccessibleName(self.tr("Use the chain {name}").format(name=title))
        use.clicked.connect(partial(self.chosen.emit, offer))
        head.addLayout(texts, 1)
        head.addWidget(use, 0, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(head)
        pool = len(offer.chain.steps) == 1 and len(offer.chosen) > 1
        for number, one in enumerate(offer.chosen, start=1):
            view = accounts.get(one.name.account)
            provider = (one.name.account,) * 2 if view is None else (view.account.provider, view.provider_name)
            mark = MarkLabel(theme, *provider)
            told = QVBoxLayout()
            told.setSpacing(0)
            told.addWidget(ElidedLabel(theme, str(one.name) if pool else f"{number}. {one.name}", "ui"))
            told.addWidget(Paragraph(theme, words.translate(one.why), "secondary", "text.secondary"))
            held = QVBoxLayout()
            held.setContentsMargins(0, 2, 0, 0)
            held.addWidget(mark)
            held.addStretch(1)
            row = QHBoxLayout()
            row.setSpacing(10)
            row.addLayout(held)
            row.addLayout(told, 1)
            card.body.addLayout(row)
        self.offers.append(use)
        return card

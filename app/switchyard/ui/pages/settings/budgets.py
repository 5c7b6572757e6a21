"""The budgets: a card for each, a form to set one, and what is done about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.budget import Scope
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.page import Actions
from switchyard.ui.pages.settings import budget_words
from switchyard.ui.pages.settings.budget_card import BudgetCard
from switchyard.ui.pages.settings.budget_form import BudgetForm, BudgetWish, Target
from switchyard.ui.pages.settings.section import Section
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button

if TYPE_CHECKING:
    from switchyard.services.app import Services
    from switchyard.services.ledger import BudgetView

_MARGIN_PX = 24
_PAUSE_MS = 250  # what changes at every call is drawn four times a second at most


class BudgetsSection(Section):
    """Shows the budgets while it is seen, and carries out what a person wants with them."""

    def __init__(
        self, theme: Theme, title: str, scope: TaskScope, actions: Actions, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, title, parent)
        self._scope = scope
        self._actions = actions
        self._services: Services | None = None
        self._targets: Sequence[Target] = ()
        self._wants_focus: tuple[Scope, str, str] | None = None
        self.cards: list[BudgetCard] = []
        self.form = BudgetForm(theme)
        self.form.hide()
        self.add = Button(theme, self.tr("Add a budget"), icon="plus")
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._refresh)
        self.verticalScrollBar().rangeChanged.connect(self._keep_form_in_sight)
        self._column = QVBoxLayout()
        self._column.setSpacing(10)
        self._arrange()
        self.add.clicked.connect(lambda: self._open_form(None))
        self.form.cancelled.connect(self._on_cancelled)
        self.form.save_requested.connect(self._on_save)

    def attach(self, services: Services) -> None:
        """Follow the ledger of these services."""
        self._services = services
        services.ledger.changed.connect(lambda _: self._note_change())
        if self.isVisible():
            self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Look at where the budgets stand: nothing was looked up while nobody saw it."""
        super().showEvent(event)
        self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look nothing up while nobody sees it."""
        super().hideEvent(event)
        self._pause.stop()

    def _arrange(self) -> None:
        words = self.tr(
            "Limits for what you spend at providers, in US dollars. What runs on this computer costs nothing, and what "
            "the Simulator makes up never counts."
        )
        self.body.addWidget(self.make_hint(words))
        self.body.addLayout(self._column)
        self.body.addWidget(self.form)
        row = QHBoxLayout()
        row.addWidget(self.add)
        row.addStretch(1)
        self.body.addLayout(row)

    # --- showing ----------------------------------------------------------------------------------------------------

    def _note_change(self) -> None:
        if self.isVisible() and not self._pause.isActive():
            self._pause.start()

    def _refresh(self) -> None:
        if self._services is not None:
            self._scope.start(self._look(self._services), name="look at the budgets", group="budgets")

    async def _look(self, services: Services) -> None:
        views = await services.ledger.spent_view()
        accounts = await services.accounts.list()
        chains = await services.chains.list()
        shelves = await services.library.shelves()
        providers = {view.account.provider: view.provider_name for view in accounts}
        self._targets = [
            Target(Scope.EVERYTHING, "", budget_words.target(Scope.EVERYTHING, "", providers)),
            *(_target(Scope.WORKSPACE, workspace.name) for workspace in shelves.workspaces),
            *(Target(Scope.PROVIDER, id_, name, id_) for id_, name in sorted(providers.items())),
            *(_target(Scope.ACCOUNT, view.account.name, view.account.provider) for view in accounts),
            *(_target(Scope.CHAIN, view.chain.name) for view in chains),
        ]
        self._show_views(views, providers)

    def _show_views(self, views: Sequence[BudgetView], providers: Mapping[str, str]) -> None:
        if [card.view for card in self.cards] == list(views):
            return
        focus = QApplication.focusWidget()
        inside = (card for card in self.cards if focus is not None and card.isAncestorOf(focus))
        focused = next((card.view.budget.uid for card in inside), None)
        on_remove = any(card.remove.hasFocus() for card in self.cards)
        for card in self.cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [self._make_card(view, providers) for view in views]
        for card in self.cards:
            wanted = (card.view.budget.scope, card.view.target_name, card.view.budget.period.value)
            if card.view.budget.uid == focused or wanted == self._wants_focus:
                (card.remove if on_remove else card.edit).setFocus(Qt.FocusReason.OtherFocusReason)
        self._wants_focus = None

    def _make_card(self, view: BudgetView, providers: Mapping[str, str]) -> BudgetCard:
        card = BudgetCard(self.theme, view, providers)
        card.edit_requested.connect(lambda: self._open_form(view))
        card.remove_requested.connect(lambda: self._on_remove(card))
        self._column.addWidget(card)
        return card

    # --- changing ---------------------------------------------------------------------------------------------------

    def _open_form(self, view: BudgetView | None) -> None:
        self.add.hide()
        self.form.open(self._targets, view)
        self._keep_form_in_sight()

    def _keep_form_in_sight(self) -> None:
        """Scroll to the form while it is filled in, now and when it has got its place."""
        focus = QApplication.focusWidget()
        if self.form.isVisible() and focus is not None and self.form.isAncestorOf(focus):
            self.ensureWidgetVisible(self.form, 0, _MARGIN_PX)

    def _on_cancelled(self) -> None:
        self._close_form()
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close_form(self) -> None:
        self.form.hide()
        self.add.show()

    def _on_save(self, wish: BudgetWish) -> None:
        if self._services is not None:
            self._scope.start(self._save(self._services, wish), name="set a budget")

    async def _save(self, services: Services, wish: BudgetWish) -> None:
        self._wants_focus = (wish.scope, wish.target_name, wish.period.value)
        await services.ledger.set(
            wish.scope,
            wish.target_name,
            wish.period,
            wish.limit_nanos,
            warn_share=wish.warn_share,
            action=wish.action,
        )
        self._close_form()
        self._refresh()

    def _on_remove(self, card: BudgetCard) -> None:
        if self._services is not None:
            self._scope.start(self._remove(self._services, card), name="remove a budget")

    async def _remove(self, services: Services, card: BudgetCard) -> None:
        uid = card.view.budget.uid
        await services.ledger.remove(uid)
        self._close_form()
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)
        self._refresh()
        self._actions.toast(
            self.tr("Removed: {budget}").format(budget=card.title),
            id=f"budget-{uid}",
            action_text=self.tr("Undo"),
            on_action=lambda: self._restore(services, uid),
        )

    def _restore(self, services: Services, uid: str) -> None:
        self._scope.start(services.ledger.restore(uid), name="bring a budget back")


def _target(scope: Scope, name: str, provider: str = "") -> Target:
    return Target(scope, name, budget_words.target(scope, name, {}), provider)

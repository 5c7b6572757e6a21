"""The page of chains: a list at the left, the form of the chosen one beside it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from switchyard.core.chain import Chain
from switchyard.core.errors import NameTaken
from switchyard.core.ready_made import ReadyMade
from switchyard.services.app import Services
from switchyard.services.ready_made import offered_chains
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chains.draft import Draft, chain_of, draft_of
from switchyard.ui.pages.chains.draft_check import Problem
from switchyard.ui.pages.chains.drafts import Drafts
from switchyard.ui.pages.chains.editor import ChainEditor, place_of
from switchyard.ui.pages.chains.header import ChainHeader
from switchyard.ui.pages.chains.picture import ChainPicture
from switchyard.ui.pages.chains.picture_watch import PictureWatch
from switchyard.ui.pages.chains.start_panel import StartPanel
from switchyard.ui.pages.chains.versions import Versions
from switchyard.ui.pages.page import Actions, Page
from switchyard.ui.setup.side_list import SideList, SideRow
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.scrolling import scrolling
from switchyard.ui.words import Words, translate

_LIST_PX = 268
_LIST_NARROW_PX = 220
_NARROW_BELOW_PX = 960
_FORM_PX = 680
_GUTTER_PX = 32
_PROBLEM_ROOM_PX = 120


class ChainsPage(Page):
    """Edits are drafts until they are saved: they stay while other chains and pages are looked at."""

    def __init__(self, theme: Theme, scope: TaskScope, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(theme, scope, actions, parent)
        self._window = actions
        self._services: Services | None = None
        self._drafts = Drafts()
        self._shown = ""
        self.list = SideList(theme, self.tr("Chains"), self.tr("New"), _LIST_PX)
        self.header = ChainHeader(theme)
        self._words = Words()
        self.picture = ChainPicture(theme, self._words)
        self._watch: PictureWatch | None = None
        self.editor = ChainEditor(theme, self._words)
        self.empty = StartPanel(theme, self._words)
        self._scroll = _scrolled(self.picture, self.editor)
        self._arrange()
        self._connect()
        theme.changed.connect(self.update)

    async def attach(self, services: Services) -> None:
        """Show what is there."""
        self._services = services
        self._watch = PictureWatch(self.picture, services, self.scope.child("picture"))
        Versions(
            self.theme,
            self.header,
            self._drafts,
            services,
            self.scope,
            self._window,
            self._words,
            lambda: self._shown,
        )
        await self._refresh(services)

        def on_changed_elsewhere(_name: str) -> None:
            self.scope.start(self._refresh(services), name="refresh", group="refresh")

        services.chains.changed.connect(on_changed_elsewhere)
        services.accounts.changed.connect(on_changed_elsewhere)

    def select(self, detail: str) -> None:
        """Show a chain, at one of its steps where that is named (`step_in`)."""
        name, _, place = detail.partition("\n")
        self._show(name)
        number = _step_at(self._drafts.draft(name), place) if place and self._shown == name else None
        if number is not None:
            _go_to_step(self._scroll, self.editor, number)

    def entered(self) -> None:
        """Follow how the shown chain's models are, and check it as things are now."""
        if self._watch is not None:
            self._watch.enter()
        self._drafts.forget_findings()
        if self._shown in self._drafts.keys:
            self._show_state()

    def left(self) -> None:
        """Nobody looks at it now."""
        if self._watch is not None:
            self._watch.leave()

    def panes(self) -> Sequence[QWidget]:
        """Return the list, the line above the form, and the form."""
        return (self.list.view, self.header, self._scroll)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the form room where the window is narrow."""
        super().resizeEvent(event)
        self.list.setFixedWidth(_LIST_NARROW_PX if self.width() < _NARROW_BELOW_PX else _LIST_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        QPainter(self).fillRect(self.rect(), self.theme.color("bg.surface"))

    # --- showing ----------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.header)
        right.addWidget(self._scroll, 1)
        right.addWidget(self.empty, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.list)
        row.addLayout(right, 1)
        for part in (self.header, self._scroll, self.empty):
            part.hide()

    def _connect(self) -> None:
        self.list.chosen.connect(self._show)
        self.empty.new.clicked.connect(lambda: self._begin(_blank(self._drafts)))
        self.empty.chosen.connect(lambda offer: self._begin(_draft_of(self._drafts, offer, self._words)))
        self.list.add_requested.connect(lambda: self._run(self._offer))
        self.editor.changed.connect(self._on_edited)
        self.picture.chosen.connect(lambda number: _go_to_step(self._scroll, self.editor, number))
        self.header.problem_requested.connect(
            lambda: _go_to_problem(self._scroll, self.editor, self._drafts.problems(self._shown))
        )
        self.header.save_requested.connect(lambda: self._run(self._save))
        self.header.revert_requested.connect(self._on_revert)
        self.header.default_requested.connect(lambda: self._run(_make_default))
        self.header.duplicate_requested.connect(self._on_duplicate)
        self.header.delete_requested.connect(self._on_delete)

    def _fill_list(self) -> None:
        self.list.set_rows([_row(self._drafts, key) for key in self._drafts.keys])

    def _show(self, key: str) -> None:
        """Show a chain; one that is not there gives way to the default, or to the first."""
        keys = self._drafts.keys
        if key not in keys:
            key = self._drafts.default or next(iter(keys), "")
        if key != self._shown:
            self._scroll.verticalScrollBar().setValue(0)
        self._shown = key
        self.list.select(key)
        self.header.setVisible(bool(key))
        self._scroll.setVisible(bool(key))
        self.empty.setVisible(not key)
        if not key and self._services is not None:
            self.scope.start(_offer_first(self._services, self._drafts, self.empty), name="offers", group="offers")
        if key:
            self.editor.show_draft(self._drafts.draft(key), self._drafts.accounts)
            self._show_state()

    def _show_state(self) -> None:
        """Say what is wrong with the shown chain, and what can be done with it."""
        problems, saved = self._drafts.problems(self._shown), self._drafts.saved(self._shown)
        self.editor.show_problems(problems)
        chain = self._drafts.chain(self._shown)
        if self._watch is not None and self._services is not None and chain is not None:
            self._watch.show_chain(chain)
            self.scope.start(self._look_at(self._services, self._shown, chain), name="check", group="check")
        errors = sum(problem.blocks for problem in problems)
        self.header.show_problems(errors, len(problems) - errors)
        self.header.show_state(
            self._drafts.draft(self._shown).name.strip(),
            saved.version if saved is not None else None,
            is_default=saved is not None and saved.is_default,
            edited=self._drafts.is_edited(self._shown),
            blocked=bool(errors),
        )

    async def _look_at(self, services: Services, key: str, chain: Chain) -> None:
        """Say what a look at the chain as it stands finds, too."""
        if await self._drafts.look_at(services, key, chain, self._words) and key == self._shown:
            self._show_state()

    # --- what the person does ---------------------------------------------------------------------------------------

    def _run(self, act: Callable[[Services, str], Coroutine[Any, Any, None]]) -> None:
        if self._services is not None:
            self.scope.start(act(self._services, self._shown), name="change", group="change")

    def _on_edited(self) -> None:
        self._drafts.put(self._shown, self.editor.draft)
        self._fill_list()
        self._show_state()

    def _on_duplicate(self) -> None:
        draft = self._drafts.draft(self._shown)
        name = self.tr("{name} copy").format(name=draft.name.strip())
        self._begin(replace(draft, name=self._drafts.free_name(name)))

    async def _offer(self, services: Services, _shown: str) -> None:
        """Offer what is ready-made; where nothing is, begin with an empty chain."""
        offers = await offered_chains(services.catalog)
        self.empty.show_offers(offers, self._drafts.accounts, first=not self._drafts.keys)
        if not offers:
            self._begin(_blank(self._drafts))
            return
        for part in (self.header, self._scroll):
            part.hide()
        self.list.select("")
        self.empty.show()
        self.empty.new.setFocus(Qt.FocusReason.OtherFocusReason)

    def _begin(self, draft: Draft) -> None:
        key = self._drafts.begin(draft)
        self._fill_list()
        self._show(key)
        self.editor.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.editor.name.edit.selectAll()

    def _on_revert(self) -> None:
        key = self._shown
        draft = self._drafts.drop(key)
        if draft is not None:
            self._put_back_later(self.tr("The changes to {name} are undone.").format(name=key), key, draft)

    def _on_delete(self) -> None:
        key = self._shown
        if self._drafts.saved(key) is not None:
            self._run(self._delete)
            return
        draft = self._drafts.drop(key)
        if draft is not None:
            self._put_back_later(self.tr("{name} was deleted.").format(name=draft.name), key, draft)

    def _put_back_later(self, text: str, key: str, draft: Draft) -> None:
        """Show the page without a draft, and offer it back."""

        def undo() -> None:
            self._drafts.put(key, draft)
            self._fill_list()
            self._show(key)

        self._fill_list()
        self._show(key)
        self._window.toast(text, level="ok", id=f"chain {key}", action_text=self.tr("Undo"), on_action=undo)

    # --- doing it ---------------------------------------------------------------------------------------------------

    async def _refresh(self, services: Services, show: str | None = None) -> None:
        """Read everything anew; a new thing is shown only once the list knows it."""
        moved = await self._drafts.load(services)
        self._fill_list()
        self._show(moved.get(self._shown, self._shown) if show is None else show)

    async def _save(self, services: Services, key: str) -> None:
        if any(problem.blocks for problem in self._drafts.problems(key)):
            return
        chain, saved = chain_of(self._drafts.draft(key)), self._drafts.saved(key)
        try:
            await services.chains.save(chain, renamed_from=None if saved is None else key)
        except NameTaken:
            await self._refresh(services)
            return
        self._drafts.drop(key)
        await self._refresh(services, show=chain.name if self._shown == key else None)
        version = 1 if saved is None else saved.version + 1
        text = self.tr("{name} v{n} is saved.").format(name=chain.name, n=version)
        if self._drafts.default:
            self._window.toast(text, level="ok", id="chain saved")
            return
        self._window.toast(
            text,
            level="ok",
            id="chain saved",
            action_text=self.tr("Make default"),
            on_action=lambda: self._run(lambda services, _shown: _make_default(services, chain.name)),
        )

    async def _delete(self, services: Services, name: str) -> None:
        was_default, draft = self._drafts.default == name, self._drafts.drop(name)
        await services.chains.remove(name)
        await self._refresh(services)

        async def restore(services: Services, _shown: str) -> None:
            await services.chains.restore(name)
            if draft is not None:
                self._drafts.put(name, draft)
            await self._refresh(services, show=name)

        text = self.tr("{name} was deleted.").format(name=name)
        if was_default:
            text = self.tr("{name} was deleted. There is no default chain now.").format(name=name)
        self._window.toast(
            text,
            level="ok",
            id=f"chain {name}",
            action_text=self.tr("Undo"),
            on_action=lambda: self._run(restore),
        )


def _row(drafts: Drafts, key: str) -> SideRow:
    draft, saved = drafts.draft(key), drafts.saved(key)
    count = len(draft.steps)
    steps = _tr("1 step") if count == 1 else _tr("{n} steps").format(n=count)
    state = _tr("not saved") if saved is None else _tr("edited") if drafts.is_edited(key) else ""
    return SideRow(
        key=key,
        title=draft.name.strip() or _tr("New chain"),
        caption=f"{steps}, {state}" if state else steps,
        icon="chain",
        beside=_tr("default") if saved is not None and saved.is_default else "",
    )


def _blank(drafts: Drafts) -> Draft:
    return Draft(drafts.free_name(_tr("New chain")))


def _draft_of(drafts: Drafts, offer: ReadyMade, words: Words) -> Draft:
    """Return the draft of a ready-made chain, in the person's language and under a name that is free."""
    draft = draft_of(offer.chain)
    name = drafts.free_name(words.translate(offer.title))
    return replace(draft, name=name, note=words.translate(offer.about))


async def _offer_first(services: Services, drafts: Drafts, panel: StartPanel) -> None:
    """Offer what is ready-made where there is no chain yet."""
    panel.show_offers(await offered_chains(services.catalog), drafts.accounts, first=True)


async def _make_default(services: Services, name: str) -> None:
    await services.chains.set_default(name)


def _go_to_step(area: QScrollArea, editor: ChainEditor, number: int) -> None:
    """Bring a step of the picture into sight in the form, with the keyboard on it where it can be changed."""
    row = editor.rows[number]
    row.unfold(True)
    row.rules.first_token.edit.setFocus(Qt.FocusReason.OtherFocusReason)
    _scroll_to(area, row, 0)


def _step_at(draft: Draft, place: str) -> int | None:
    """Return the number of a step among all of a draft's, from 0; None where it is not there any more."""
    track, _, step = place.partition("\n")
    at = next((at for at, one in enumerate(draft.tracks) if (one.name or "") == track), None)
    numbers = [number for number, one in enumerate(draft.steps) if one.track == at]
    return numbers[int(step) - 1] if 0 < int(step) <= len(numbers) else None


def _go_to_problem(area: QScrollArea, editor: ChainEditor, problems: Sequence[Problem]) -> None:
    """Bring the first thing that is wrong into sight, with the keyboard on it; what has to be mended comes first."""
    first = min(problems, key=lambda problem: not problem.blocks, default=None)
    if first is not None:
        place = place_of(editor, first)
        place.setFocus(Qt.FocusReason.OtherFocusReason)
        _scroll_to(area, place, _PROBLEM_ROOM_PX)


def _scroll_to(area: QScrollArea, place: QWidget, room_px: int) -> None:
    """Bring something into sight once it stands where it will: what was just unfolded has no place yet."""
    QTimer.singleShot(0, place, lambda: area.ensureWidgetVisible(place, 0, room_px))


def _scrolled(picture: ChainPicture, editor: ChainEditor) -> QScrollArea:
    """Let the picture and the form scroll; the form is at the left and as wide as it reads well."""
    editor.setMaximumWidth(_FORM_PX)
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 10, 0, 24)
    column.setSpacing(14)
    column.addWidget(picture)
    form = QHBoxLayout()
    form.setContentsMargins(_GUTTER_PX, 0, _GUTTER_PX, 0)
    form.addWidget(editor, 1)
    form.addStretch(0)
    column.addLayout(form)
    column.addStretch(1)
    return scrolling(inside)


def _tr(text: str) -> str:
    return translate("ChainsPage", text)

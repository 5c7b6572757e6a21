"""The page of chains: a list at the left, the form of the chosen one beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from switchyard.core.errors import NameTaken
from switchyard.services.accounts import SIMULATOR, AccountView
from switchyard.services.app import Services
from switchyard.services.chains import ChainView
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chains.draft import Draft, Problem, chain_of, check, draft_of
from switchyard.ui.pages.chains.editor import ChainEditor
from switchyard.ui.pages.chains.header import ChainHeader
from switchyard.ui.pages.page import Actions, Page
from switchyard.ui.setup.side_list import SideList, SideRow
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.words import Words

_LIST_PX = 268
_LIST_NARROW_PX = 220
_NARROW_BELOW_PX = 960
_FORM_PX = 680
_GUTTER_PX = 32
_NEW = "new:"


class ChainsPage(Page):
    """Edits are drafts until they are saved: they stay while other chains and pages are looked at."""

    def __init__(self, theme: Theme, scope: TaskScope, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(theme, scope, actions, parent)
        self._window = actions
        self._words = Words()
        self._services: Services | None = None
        self._saved: dict[str, ChainView] = {}
        self._drafts: dict[str, Draft] = {}
        self._accounts: dict[str, AccountView] = {}
        self._shown = ""
        self._made = 0
        self.list = SideList(theme, self.tr("Chains"), self.tr("New"), _LIST_PX)
        self.header = ChainHeader(theme)
        self.editor = ChainEditor(theme)
        self.empty = _Empty(theme)
        self._arrange()
        self._connect()
        theme.changed.connect(self.update)

    async def attach(self, services: Services) -> None:
        """Show what is there."""
        self._services = services
        await self._load(services)
        self._show("")
        services.chains.changed.connect(self._on_changed_elsewhere)
        services.accounts.changed.connect(self._on_changed_elsewhere)

    def select(self, detail: str) -> None:
        """Show a chain."""
        self._show(detail)

    def panes(self) -> Sequence[QWidget]:
        """Return the list and the form."""
        return (self.list.view, self.header, self._scroll)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the form room where the window is narrow."""
        super().resizeEvent(event)
        self.list.setFixedWidth(_LIST_NARROW_PX if self.width() < _NARROW_BELOW_PX else _LIST_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        QPainter(self).fillRect(self.rect(), self.theme.color("bg.surface"))

    # --- arranging --------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(_GUTTER_PX, 24, _GUTTER_PX, 24)
        self.editor.setMaximumWidth(_FORM_PX)
        column.addWidget(self.editor)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
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
        self._show_parts(False)
        self.empty.hide()

    def _connect(self) -> None:
        self.list.chosen.connect(self._show)
        self.list.add_requested.connect(self._on_new)
        self.empty.new.clicked.connect(self._on_new)
        self.editor.changed.connect(self._on_edited)
        self.header.save_requested.connect(self._on_save)
        self.header.revert_requested.connect(self._on_revert)
        self.header.default_requested.connect(self._on_make_default)
        self.header.duplicate_requested.connect(self._on_duplicate)
        self.header.delete_requested.connect(self._on_delete)

    # --- showing ----------------------------------------------------------------------------------------------------

    async def _load(self, services: Services) -> None:
        self._saved = {view.chain.name: view for view in await services.chains.list()}
        accounts = [*await services.accounts.list(), await services.accounts.view(SIMULATOR)]
        self._accounts = {view.account.name: view for view in accounts}
        self._keep_orphans()
        self._fill_list()

    def _keep_orphans(self) -> None:
        """What was edited of a chain that is gone becomes a new one: nothing typed is lost."""
        for key in [each for each in self._drafts if not each.startswith(_NEW) and each not in self._saved]:
            new = self._new_key()
            self._drafts[new] = self._drafts.pop(key)
            self._shown = new if self._shown == key else self._shown

    def _fill_list(self) -> None:
        rows: list[str | SideRow] = [self._row(name, self._draft(name)) for name in self._saved]
        rows += [self._row(key, draft) for key, draft in self._drafts.items() if key.startswith(_NEW)]
        self.list.set_rows(rows)

    def _row(self, key: str, draft: Draft) -> SideRow:
        saved = self._saved.get(key)
        steps = self.tr("1 step") if len(draft.steps) == 1 else self.tr("{n} steps").format(n=len(draft.steps))
        state = self.tr("not saved") if saved is None else self.tr("edited") if self._is_edited(key) else ""
        is_default = saved is not None and saved.is_default
        return SideRow(
            key=key,
            title=draft.name.strip() or self.tr("New chain"),
            caption=f"{steps}, {state}" if state else steps,
            icon="chain",
            beside=self.tr("default") if is_default else "",
        )

    def _draft(self, key: str) -> Draft:
        return self._drafts[key] if key in self._drafts else draft_of(self._saved[key].chain)

    def _is_edited(self, key: str) -> bool:
        saved = self._saved.get(key)
        return key in self._drafts and (saved is None or self._drafts[key] != draft_of(saved.chain))

    def _show(self, key: str) -> None:
        """Show a chain; one that is not there gives way to the default, or to the first."""
        keys = self.list.keys
        if key not in keys:
            defaults = [name for name, view in self._saved.items() if view.is_default]
            key = next((each for each in (*defaults, *keys)), "")
        self._shown = key
        self.list.select(key)
        self._show_parts(bool(key))
        if key:
            self.editor.show_draft(self._draft(key), self._accounts)
            self._show_state()

    def _show_parts(self, something: bool) -> None:
        self.header.setVisible(something)
        self._scroll.setVisible(something)
        self.empty.setVisible(not something)

    def _show_state(self) -> None:
        """Say what is wrong with the shown draft, and what can be done with it."""
        key = self._shown
        problems = self._problems(key)
        self.editor.show_problems(problems)
        saved = self._saved.get(key)
        self.header.show_state(
            self._draft(key).name.strip(),
            saved.version if saved is not None else None,
            is_default=saved is not None and saved.is_default,
            edited=self._is_edited(key),
            blocked=any(problem.blocks for problem in problems),
        )

    def _problems(self, key: str) -> list[Problem]:
        return check(self._draft(key), self._accounts, frozenset(self._saved) - {key})

    # --- what the person does ---------------------------------------------------------------------------------------

    def _on_edited(self) -> None:
        self._drafts[self._shown] = self.editor.draft
        if not self._is_edited(self._shown):
            del self._drafts[self._shown]
        self._fill_list()
        self._show_state()

    def _on_new(self) -> None:
        self._begin(Draft(self._free_name(self.tr("New chain"))))

    def _on_duplicate(self) -> None:
        draft = self._draft(self._shown)
        self._begin(replace(draft, name=self._free_name(self.tr("{name} copy").format(name=draft.name.strip()))))

    def _begin(self, draft: Draft) -> None:
        key = self._new_key()
        self._drafts[key] = draft
        self._fill_list()
        self._show(key)
        self.editor.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.editor.name.edit.selectAll()

    def _new_key(self) -> str:
        self._made += 1
        return f"{_NEW}{self._made}"

    def _free_name(self, start: str) -> str:
        taken = {*self._saved, *(draft.name for draft in self._drafts.values())}
        return next(name for name in (start, *(f"{start} {n}" for n in range(2, 1000))) if name not in taken)

    def _on_revert(self) -> None:
        key, draft = self._shown, self._drafts.pop(self._shown, None)
        self._fill_list()
        self._show(key)
        if draft is not None:
            text = self.tr("Your changes to {name} are set aside.").format(name=self._saved[key].chain.name)
            self._tell_undo(text, key, draft)

    def _tell_undo(self, text: str, key: str, draft: Draft) -> None:
        def undo() -> None:
            self._drafts[key] = draft
            self._fill_list()
            self._show(key)

        self._window.toast(text, level="ok", id=f"chain {key}", action_text=self.tr("Undo"), on_action=undo)

    def _on_save(self) -> None:
        if self._services is not None:
            self.scope.start(self._save(self._services, self._shown), name="save", group="change")

    def _on_make_default(self) -> None:
        if self._services is not None:
            self.scope.start(self._make_default(self._services, self._shown), name="default", group="change")

    def _on_delete(self) -> None:
        key = self._shown
        if key.startswith(_NEW):
            draft = self._drafts.pop(key)
            self._fill_list()
            self._show("")
            self._tell_undo(self.tr("{name} was deleted.").format(name=draft.name), key, draft)
        elif self._services is not None:
            self.scope.start(self._delete(self._services, key), name="delete", group="change")

    def _on_changed_elsewhere(self, _name: str) -> None:
        if self._services is not None:
            self.scope.start(self._refresh(self._services), name="refresh", group="refresh")

    # --- doing it ---------------------------------------------------------------------------------------------------

    async def _refresh(self, services: Services) -> None:
        await self._load(services)
        self._show(self._shown)

    async def _save(self, services: Services, key: str) -> None:
        if any(problem.blocks for problem in self._problems(key)):
            return
        draft = self._draft(key)
        chain = chain_of(draft)
        try:
            await services.chains.save(chain, renamed_from=key if key in self._saved else None)
        except NameTaken:
            await self._refresh(services)
            return
        self._drafts.pop(key, None)
        if self._shown == key:
            self._shown = chain.name
        await self._refresh(services)
        version = self._saved[chain.name].version
        text = self.tr("{name} v{n} is saved.").format(name=chain.name, n=version)
        if any(view.is_default for view in self._saved.values()):
            self._window.toast(text, level="ok", id="chain saved")
        else:
            self._window.toast(
                text,
                level="ok",
                id="chain saved",
                action_text=self.tr("Make default"),
                on_action=self._on_make_default,
            )

    async def _make_default(self, services: Services, name: str) -> None:
        await services.chains.set_default(name)
        await self._refresh(services)

    async def _delete(self, services: Services, name: str) -> None:
        was_default, draft = self._saved[name].is_default, self._drafts.pop(name, None)
        await services.chains.remove(name)
        await self._refresh(services)

        def undo() -> None:
            self.scope.start(self._restore(services, name, draft), name="restore", group="change")

        text = self.tr("{name} was deleted.").format(name=name)
        if was_default:
            text = self.tr("{name} was deleted. There is no default chain now.").format(name=name)
        self._window.toast(text, level="ok", id=f"chain {name}", action_text=self.tr("Undo"), on_action=undo)

    async def _restore(self, services: Services, name: str, draft: Draft | None) -> None:
        await services.chains.restore(name)
        if draft is not None:
            self._drafts[name] = draft
        await self._load(services)
        self._show(name)


class _Empty(QWidget):
    """What stands beside an empty list: what a chain is, and the way to the first one."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.new = Button(theme, self.tr("New chain"), "primary", size="large")
        words = self.tr("A chain says which model is asked, and which one next when that fails.")
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(Label(theme, self.tr("No chain yet"), "display"), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(Paragraph(theme, words, "ui", "text.secondary", centred=True))
        column.addSpacing(12)
        column.addWidget(self.new, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

"""One account: its key, its address, whether it works, and the way to remove it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from switchyard.core.catalog import Account, KeySource
from switchyard.core.errors import UserError
from switchyard.services.accounts import AccountView, TestResult
from switchyard.ui.pages.providers.health_line import HealthLine
from switchyard.ui.pages.providers.kinds import OLLAMA, Keeping, Kind, keeping_words, key_words
from switchyard.ui.pages.providers.ollama_panel import OllamaPanel
from switchyard.ui.pages.providers.settings_form import SettingsForm
from switchyard.ui.setup.key_entry import KeyEntry
from switchyard.ui.setup.result_line import ResultLine
from switchyard.ui.setup.verdict import verdict
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button, IconButton
from switchyard.ui.widgets.field import FormRow
from switchyard.ui.widgets.labels import ElidedLabel, Label, Paragraph
from switchyard.ui.widgets.lamp import Lamp, LampState
from switchyard.ui.widgets.mark import HUGE, MarkLabel
from switchyard.ui.widgets.paint import draw_icon
from switchyard.ui.words import Words

_FROM_ENVIRONMENT = frozenset({KeySource.VARIABLE, KeySource.PROVIDER_VARIABLE})


class AccountPanel(QWidget):
    """Says what the person wants; the page does it."""

    test_requested = Signal()
    key_given = Signal(str)
    settings_given = Signal(str, object)
    remove_requested = Signal()

    def __init__(self, theme: Theme, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = words
        self._view: AccountView | None = None
        self._kind: Kind | None = None
        self.more = IconButton(theme, "more", self.tr("More"))
        self._head = _Head(theme, self.more)
        self.key_row = _KeyRow(theme)
        self.key_row.test.clicked.connect(self.test_requested)
        self.key_row.given.connect(self.key_given)
        self.result = ResultLine(theme)
        self.health = HealthLine(theme, words)
        self.ollama = OllamaPanel(theme, words.locale)
        self.form = SettingsForm(theme)
        self.form.changed.connect(self._on_changed)
        self.form.submitted.connect(self._on_save)
        self.save = Button(theme, self.tr("Save"), "primary")
        self.save.clicked.connect(self._on_save)
        self.revert = Button(theme, self.tr("Revert"))
        self.revert.clicked.connect(self._on_revert)
        self.remove = Button(theme, self.tr("Remove account"), "danger", icon="trash")
        self.remove.clicked.connect(self.remove_requested)
        self._arrange()

    @property
    def view(self) -> AccountView | None:
        """The account that is shown."""
        return self._view

    def show_account(self, view: AccountView, kind: Kind | None, result: TestResult | None, keeping: Keeping) -> None:
        """Show an account as it is now; what the person is typing into it stays."""
        other = self._view is None or self._view.account.name != view.account.name
        locale = self._words.locale
        edited = self.form.edited
        self._view = view
        self._kind = kind
        self._head.show_account(view)
        self.health.show_tested(view.models_ms is not None and not view.lacks_key)
        variable = kind.variable if kind is not None else None
        words = key_words(view.key, view.account.name, variable, keeping.name)
        self.ollama.setVisible(view.account.provider == OLLAMA)
        self.key_row.show_key(view.key, words, keeping_words(keeping), other=other)
        if result is not None:
            self.result.say_verdict(verdict(result, view.account, view.provider_name, locale))
        elif other:
            self.result.clear()
        if other or not edited:
            self.form.show_account(view.account, self._kind)
        self._on_changed()

    def show_state(self, lamp: LampState, words: str) -> None:
        """Show how the account is, in the words of its row in the list."""
        self._head.show_state(lamp, words)

    def set_busy(self, busy: bool) -> None:
        """Wait for a test."""
        self.key_row.test.set_busy(busy)
        self.key_row.save.set_busy(busy)

    def show_saved(self, account: Account) -> None:
        """Show the settings as they were kept; what was found out with others counts no more."""
        if self._view is not None:
            self._view = replace(self._view, account=account)
        self.result.clear()
        self.form.show_account(account, self._kind)
        self._on_changed()

    def show_refused(self, error: UserError) -> None:
        """Say beside a field what is wrong with it."""
        parts = (error.title, error.hint)
        self.form.show_refused(" ".join(self._words.translate(part) for part in parts if part is not None))

    def _arrange(self) -> None:
        theme = self._theme
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._head)
        column.addSpacing(8)
        column.addWidget(FormRow(theme, self.tr("Health"), self.health))
        column.addWidget(self.ollama)
        column.addSpacing(4)
        column.addWidget(Label(theme, self.tr("Key"), "panel"))
        column.addWidget(FormRow(theme, self.tr("API key"), _stacked(self.key_row, self.result)))
        column.addSpacing(12)
        column.addWidget(self.form)
        column.addSpacing(20)
        end = QHBoxLayout()
        end.setSpacing(8)
        end.addWidget(self.remove)
        end.addStretch(1)
        end.addWidget(self.revert)
        end.addWidget(self.save)
        column.addLayout(end)

    def _on_changed(self) -> None:
        edited = self.form.edited
        self.save.setVisible(edited)
        self.revert.setVisible(edited)

    def _on_save(self) -> None:
        if self.form.edited:
            self.settings_given.emit(self.form.base_url, self.form.settings())

    def _on_revert(self) -> None:
        if self._view is not None:
            self.form.show_account(self._view.account, self._kind)
            self._on_changed()


class _Head(QWidget):
    """The mark, the provider and the account, and the state in words beside its lamp."""

    def __init__(self, theme: Theme, more: IconButton) -> None:
        super().__init__()
        self._mark = MarkLabel(theme, "", "", HUGE)
        self._provider = Label(theme, "", "heading1")
        self._account = ElidedLabel(theme, "", "ui", "text.tertiary")
        self._lamp = Lamp(theme, "unknown", "")
        self._state = ElidedLabel(theme, "", "secondary", "text.secondary")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(self._mark)
        column = QVBoxLayout()
        column.setSpacing(2)
        upper = QHBoxLayout()
        upper.setSpacing(8)
        upper.addWidget(self._provider)
        upper.addWidget(self._account, 1)
        lower = QHBoxLayout()
        lower.setSpacing(6)
        lower.addWidget(self._lamp)
        lower.addWidget(self._state, 1)
        column.addLayout(upper)
        column.addLayout(lower)
        row.addLayout(column, 1)
        row.addWidget(more)

    def show_account(self, view: AccountView) -> None:
        """Show an account."""
        account = view.account
        self._mark.set_provider(account.provider, view.provider_name)
        self._provider.setText(view.provider_name)
        self._account.setText(account.name if account.name != account.provider else "")

    def show_state(self, lamp: LampState, words: str) -> None:
        """Show how it is."""
        self._lamp.set_state(lamp, words)
        self._state.setText(self.tr("Connected, {models}").format(models=words) if lamp == "ok" else words)


class _KeyRow(QWidget):
    """Where the key is, with Replace and Test; or the field for another one."""

    given = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._source = KeySource.NONE
        self._where = _Kept(theme)
        self.replace = Button(theme, self.tr("Replace"))
        self.replace.clicked.connect(self._on_replace)
        self.test = Button(theme, self.tr("Test"))
        self.entry = KeyEntry(theme, self.tr("New key"))
        self.entry.submitted.connect(self._on_save)
        self.save = Button(theme, self.tr("Save and test"))
        self.save.clicked.connect(self._on_save)
        self.cancel = Button(theme, self.tr("Cancel"), "ghost")
        self.cancel.clicked.connect(self._on_cancel)
        self._keeping = Paragraph(theme, "", "secondary", "text.tertiary")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        shown = QHBoxLayout()
        shown.setSpacing(8)
        for widget, stretch in ((self._where, 1), (self.replace, 0), (self.test, 0)):
            shown.addWidget(widget, stretch)
        typed = QHBoxLayout()
        typed.setSpacing(8)
        for entry, stretch in ((self.entry, 1), (self.cancel, 0), (self.save, 0)):
            typed.addWidget(entry, stretch)
        column.addLayout(shown)
        column.addLayout(typed)
        column.addWidget(self._keeping)

    def show_key(self, source: KeySource, where: str, keeping: str, *, other: bool) -> None:
        """Show where the key is; a key that is being typed stays, unless another account is shown."""
        changed = other or source is not self._source
        self._source = source
        self._where.set_words(where)
        self._keeping.setText(keeping)
        self.replace.setText(self.tr("Add a key") if source is KeySource.NOT_NEEDED else self.tr("Replace"))
        self.replace.setVisible(self.entry.isHidden() and source not in _FROM_ENVIRONMENT)
        if changed:
            self.entry.set_key("")
            self._set_typing(source is KeySource.NONE)

    def close_entry(self) -> None:
        """The key was kept: show where."""
        self.entry.set_key("")
        self._set_typing(self._source is KeySource.NONE)

    def _set_typing(self, typing: bool) -> None:
        self._where.setVisible(not typing)
        self.test.setVisible(not typing)
        self.replace.setVisible(not typing and self._source not in _FROM_ENVIRONMENT)
        for widget in (self.entry, self.save, self._keeping):
            widget.setVisible(typing)
        self.cancel.setVisible(typing and self._source is not KeySource.NONE)

    def _on_replace(self) -> None:
        self._set_typing(True)
        self.entry.setFocus()

    def _on_cancel(self) -> None:
        self.close_entry()
        self.replace.setFocus()

    def _on_save(self) -> None:
        if self.entry.key and not self.save.busy:
            self.given.emit(self.entry.key)
        elif not self.entry.key:
            self.entry.set_error(self.tr("Paste a key."))


class _Kept(QWidget):
    """A lock, and where a key is kept."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._words = Paragraph(theme, "", "ui", "text.secondary")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(22, 5, 0, 5)
        row.addWidget(self._words)
        theme.changed.connect(self.update)

    def set_words(self, words: str) -> None:
        """Say where."""
        self._words.setText(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lock beside the first line."""
        middle = 5 + self._theme.line_height("ui") / 2
        draw_icon(QPainter(self), self._theme, "lock", "text.tertiary", 14, QPointF(7, middle))


def _stacked(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    for widget in widgets:
        column.addWidget(widget)
    return holder

"""Carries out what the Ollama panel asks for: looks what is there, pulls, stops, deletes; for one account at a time."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale, QObject

from switchyard.core.errors import UserError
from switchyard.core.local_models import LoadedModel, PullProgress, PullStage
from switchyard.services.local_models import LocalModels
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.page import Actions
from switchyard.ui.pages.providers.ollama_panel import OllamaPanel, bytes_words
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.dialog import Dialog
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.words import Words


@dataclass(slots=True)
class _Pull:
    """A pull on its way. It goes on while another account, or another page, is shown."""

    model: str
    progress: PullProgress


class OllamaPresenter(QObject):
    """`local_models` knows what is on the disks; every account has a pull of its own."""

    def __init__(
        self, theme: Theme, panel: OllamaPanel, local_models: LocalModels, scope: TaskScope, actions: Actions
    ) -> None:
        super().__init__(panel)
        self._theme = theme
        self._panel = panel
        self._local_models = local_models
        self._scope = scope
        self._actions = actions
        self._words = Words()
        self._account = ""
        self._pulls: dict[str, _Pull] = {}
        panel.pull_requested.connect(self._on_pull)
        panel.cancel_requested.connect(lambda: scope.cancel(_group(self._account)))
        panel.delete_requested.connect(self._on_delete)

    def show_account(self, account: str) -> None:
        """Show what an account's Ollama has."""
        self._account = account
        self._show_pull(account)
        self._scope.start(self._look(account), name="ollama models", group="ollama models")

    async def _look(self, account: str) -> None:
        try:
            server = await self._local_models.server(account)
            installed = await self._local_models.installed(server)
        except UserError as error:
            if account == self._account:
                self._panel.show_trouble(self._sentence(error))
            return
        loaded: list[LoadedModel] = []
        with contextlib.suppress(UserError):  # an old one does not tell what is loaded
            loaded = await self._local_models.loaded(server)
        if account == self._account:
            self._panel.show_installed(installed, {model.name: model for model in loaded})

    def _on_pull(self, model: str) -> None:
        self._scope.start(self._pull(self._account, model), name="pull", group=_group(self._account))

    async def _pull(self, account: str, model: str) -> None:
        """Pull a model; stopping keeps what came, and asking again goes on from there."""
        try:
            self._note(account, _Pull(model, PullProgress(PullStage.STARTING)))
            server = await self._local_models.server(account)
            async with self._local_models.pull(server, model) as steps:
                async for progress in steps:
                    self._note(account, _Pull(model, progress))
        except UserError as error:
            if account == self._account:
                self._panel.show_refused(self._sentence(error))
            return
        finally:
            self._note(account, None)
        self._actions.toast(_tr("{name} is installed.").format(name=model), level="ok", id=_group(account))
        if account == self._account:
            self._panel.name.set_text("")
            await self._look(account)

    def _on_delete(self, model: str) -> None:
        self._scope.start(self._delete(self._account, model), name="delete", group="delete model")

    async def _delete(self, account: str, model: str) -> None:
        """Delete a model once the person has agreed: it could only be had again by pulling it."""
        server = await self._local_models.server(account)
        installed = await self._local_models.installed(server)
        size = next((each.size_bytes for each in installed if each.name == model), None)
        dialog = Dialog(self._theme, self._panel, _tr("Delete {name}?").format(name=model))
        freed = _tr("This frees {size}.").format(size=bytes_words(size, QLocale())) if size else ""
        again = _tr("It would have to be pulled again to be used.")
        dialog.body.addWidget(Paragraph(self._theme, f"{freed} {again}".strip()))
        dialog.add_button(_tr("Keep it"), accepts=False, first=True)
        dialog.add_button(_tr("Delete"), "delete", accepts=True)
        if await dialog.ask():
            await self._local_models.delete(server, model)
            await self._look(account)

    def _note(self, account: str, pull: _Pull | None) -> None:
        if pull is None:
            self._pulls.pop(account, None)
        else:
            self._pulls[account] = pull
        if account == self._account:
            self._show_pull(account)

    def _show_pull(self, account: str) -> None:
        pull = self._pulls.get(account)
        self._panel.show_pull(pull.model if pull else "", pull.progress if pull else None)

    def _sentence(self, error: UserError) -> str:
        parts = (error.title, error.hint)
        return " ".join(self._words.translate(part) for part in parts if part is not None)


def _group(account: str) -> str:
    return f"pull {account}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Providers", text)

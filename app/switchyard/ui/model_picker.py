"""The panel in which a model is chosen: every listed one, or any name typed for an account."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from switchyard.core.chain import DeploymentName
from switchyard.services.accounts import SIMULATOR, AccountView
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.chooser import Chooser, ChooserWords
from switchyard.ui.widgets.option_list import Group, Option, holds_all
from switchyard.ui.words import translate

_WIDTH_PX = 400


class ModelPicker(Chooser):
    """`chosen` carries a `DeploymentName`."""

    def __init__(self, theme: Theme, window: QWidget, accounts: Sequence[AccountView]) -> None:
        self._accounts = accounts
        super().__init__(theme, window, _words(), self._find, width_px=_WIDTH_PX)

    def _find(self, text: str) -> Sequence[Group]:
        """Return models under the names of their accounts, and below them the typed name for every account."""
        groups = [Group(_heading(view), _listed(view, text)) for view in self._accounts]
        name = text.strip()
        if name:
            found = {option.value for group in groups for option in group.options}
            typed = [_typed(view, name) for view in self._accounts if view.account.name != SIMULATOR.name]
            heading = translate("ModelPicker", "As typed, listed or not")
            groups.append(Group(heading, [option for option in typed if option.value not in found]))
        return [group for group in groups if group.options]


def _words() -> ChooserWords:
    return ChooserWords(
        title=translate("ModelPicker", "Choose a model"),
        field=translate("ModelPicker", "Model"),
        invitation=translate("ModelPicker", "Filter, or type any model's name"),
        nothing=translate("ModelPicker", "No model matches."),
        list=translate("ModelPicker", "Models"),
    )


def _listed(view: AccountView, text: str) -> list[Option]:
    """Return the models of an account that hold every word of the text."""
    note = translate("ModelPicker", "no key") if view.lacks_key else ""
    known = f"{_heading(view)} {view.account.name}"
    names = [model.name for model in view.models if model.chat and model.offered]
    return [_option(view, name, note, "warn.text") for name in names if holds_all(f"{known} {name}", text)]


def _typed(view: AccountView, name: str) -> Option:
    return _option(view, name, view.account.name, "text.tertiary")


def _option(view: AccountView, name: str, note: str, note_token: str) -> Option:
    account = view.account
    spoken = ", ".join(dict.fromkeys(filter(None, (name, account.name, note))))
    return Option(DeploymentName(account.name, name), name, spoken, account.provider, note, note_token)


def _heading(view: AccountView) -> str:
    name = view.account.name
    return view.provider_name if name in {view.account.provider, SIMULATOR.name} else f"{view.provider_name} · {name}"

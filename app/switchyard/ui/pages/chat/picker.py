"""The panel in which it is chosen what answers: every chain, and every model of every account."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtWidgets import QWidget

from switchyard.services.aims import Target
from switchyard.ui.pages.chat.targets import Choice, Targets
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.chooser import Chooser, ChooserWords, Group, Option, holds_all
from switchyard.ui.words import translate

_WIDTH_PX = 340
_MOST_RECENT = 4


class Picker(Chooser):
    """`chosen` carries a `Target`, `liked` one that becomes a favourite, or no longer; `current` answers now."""

    def __init__(self, theme: Theme, window: QWidget, targets: Targets, current: Target | None) -> None:
        self._targets = targets
        self._likes = {choice.target for choice in targets.choices if targets.likes(choice.target)}
        self._doubled = _doubled(targets.choices)
        super().__init__(theme, window, _words(), self._find, width_px=_WIDTH_PX, current=current)
        self.liked.connect(lambda target, liked: (self._likes.add if liked else self._likes.discard)(target))

    def _find(self, text: str) -> Sequence[Group]:
        """Keep what holds every word of the text in its name, its account's or its provider's.

        Favourites and what was chosen last stand first as long as nothing is looked for.
        """
        found = [
            Group(heading, [self._option(choice) for choice in choices])
            for heading, every in groupby(self._targets.choices, self._heading)
            if (choices := [choice for choice in every if holds_all(f"{heading} {_known(choice)}", text)])
        ]
        return found if text.strip() else [*self._first(), *found]

    def _first(self) -> Sequence[Group]:
        recent = [choice for choice in self._targets.recent if not self._targets.likes(choice.target)]
        groups = (
            (translate("Picker", "Favourites"), self._targets.favourites),
            (translate("Picker", "Recent"), recent[:_MOST_RECENT]),
        )
        return [Group(heading, [self._option(choice) for choice in choices]) for heading, choices in groups if choices]

    def _heading(self, choice: Choice) -> str:
        if choice.account is None:
            return translate("Picker", "Chains")
        provider = choice.account.provider_name
        return f"{provider} · {choice.account.account.name}" if provider in self._doubled else provider

    def _option(self, choice: Choice) -> Option:
        lacks_key = choice.account is not None and choice.account.lacks_key
        note = translate("Picker", "no key") if lacks_key else ""
        liked = choice.target in self._likes
        favourite = translate("Picker", "favourite") if liked else ""
        spoken = ", ".join(filter(None, (choice.name, self._heading(choice), favourite, note)))
        return Option(choice.target, choice.name, spoken, choice.provider_id, note, "warn.text", liked=liked)


def _words() -> ChooserWords:
    return ChooserWords(
        title=translate("Picker", "What answers"),
        field=translate("Picker", "Filter"),
        invitation=translate("Picker", "Filter chains and models"),
        nothing=translate("Picker", "No chain or model matches."),
        list=translate("Picker", "Chains and models"),
    )


def _known(choice: Choice) -> str:
    return str(choice.target.model or choice.name)


def _doubled(choices: Sequence[Choice]) -> set[str]:
    """Return the providers of more than one account, whose headings need the account's name."""
    accounts = {(c.account.provider_name, c.account.account.name) for c in choices if c.account is not None}
    providers = [provider for provider, _ in accounts]
    return {provider for provider in providers if providers.count(provider) > 1}

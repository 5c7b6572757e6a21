"""What can answer, as rows to choose from: in the picker, and while its name is typed in the composer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from switchyard.services.aims import Target
from switchyard.ui.pages.chat.targets import Choice, Targets
from switchyard.ui.widgets.option_list import Group, Option
from switchyard.ui.words import translate

_MOST_RECENT = 4


class _Row(NamedTuple):
    """A choice under its heading, with what is known of it: it is looked through at every key."""

    heading: str
    known: str
    option: Option


class AnswerRows:
    """Every row is made once."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._doubled = _doubled(targets.choices)
        self._rows = [self._row(choice, liked=targets.likes(choice.target)) for choice in targets.choices]

    def every(self) -> Sequence[Group]:
        """Return all there is; favourites and what was chosen last stand first."""
        return [*self._first(), *self.found(lambda _known: True)]

    def found(self, matches: Callable[[str], bool]) -> Sequence[Group]:
        """Return what matches by what is known of it: its name, its account's and its provider's."""
        found = (row for row in self._rows if matches(row.known))
        return [
            Group(heading, [row.option for row in rows]) for heading, rows in groupby(found, lambda row: row.heading)
        ]

    def like(self, target: Target, liked: bool) -> None:
        """Something is a favourite from now on, or no longer."""
        for at, choice in enumerate(self._targets.choices):
            if choice.target == target:
                self._rows[at] = self._row(choice, liked=liked)

    def _first(self) -> Iterator[Group]:
        targets = self._targets
        recent = [choice for choice in targets.recent if not targets.likes(choice.target)]
        groups = (
            (translate("Picker", "Favourites"), targets.favourites),
            (translate("Picker", "Recent"), recent[:_MOST_RECENT]),
        )
        for heading, choices in groups:
            if choices:
                yield Group(heading, [self._away_from_its_heading(choice) for choice in choices])

    def _away_from_its_heading(self, choice: Choice) -> Option:
        """Return a row that says whose it is where a provider has several accounts: no heading above it does."""
        option, account = self._rows[self._targets.choices.index(choice)].option, choice.account
        if option.note or account is None or account.provider_name not in self._doubled:
            return option
        return replace(option, note=account.account.name, note_token="text.tertiary")

    def _row(self, choice: Choice, *, liked: bool) -> _Row:
        account, heading = choice.account, translate("Picker", "Chains")
        if account is not None:
            doubled = account.provider_name in self._doubled
            heading = f"{account.provider_name} · {account.account.name}" if doubled else account.provider_name
        note = translate("Picker", "no key") if account is not None and account.lacks_key else ""
        favourite = translate("Picker", "favourite") if liked else ""
        spoken = ", ".join(filter(None, (choice.name, heading, favourite, note)))
        option = Option(choice.target, choice.name, spoken, choice.provider_id, note, "warn.text", liked=liked)
        return _Row(heading, f"{heading} {choice.target.model or choice.name}", option)


def _doubled(choices: Sequence[Choice]) -> set[str]:
    """Return the providers of more than one account, whose headings need the account's name."""
    accounts = {(c.account.provider_name, c.account.account.name) for c in choices if c.account is not None}
    providers = [provider for provider, _ in accounts]
    return {provider for provider in providers if providers.count(provider) > 1}

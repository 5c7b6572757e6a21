"""Shows what concerns the whole window in one banner: one fact at a time, the weightiest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject

from switchyard.ui.widgets.banner import Banner, BannerLevel

_WEIGHTS: dict[BannerLevel, int] = {"bad": 2, "warn": 1, "info": 0}


@dataclass(frozen=True, slots=True)
class Fact:
    """What a banner says; an id of its own, so that a repeat replaces it. `action` is what can be done about it."""

    id: str
    level: BannerLevel
    title: str
    consequence: str = ""
    action: tuple[str, Callable[[], object]] | None = None


class Facts(QObject):
    """The facts that nobody dismissed yet."""

    def __init__(self, banner: Banner) -> None:
        super().__init__(banner)
        self._banner = banner
        self._facts: dict[str, Fact] = {}
        self._shown: Fact | None = None

    @property
    def shown(self) -> Fact | None:
        """Return what the banner says now."""
        return self._shown

    def add(self, fact: Fact) -> None:
        """Say a fact, or what has become of it."""
        self._facts.pop(fact.id, None)
        self._facts[fact.id] = fact
        self._refresh()

    def dismiss(self, id: str) -> None:
        """Say it no more."""
        self._facts.pop(id, None)
        self._refresh()

    def _refresh(self) -> None:
        fact = max(self._facts.values(), key=lambda each: _WEIGHTS[each.level], default=None)
        if fact is self._shown:
            return
        self._shown = fact
        if fact is None:
            self._banner.hide()
            return
        dismiss = (self.tr("Dismiss"), lambda: self.dismiss(fact.id))
        actions = [dismiss] if fact.action is None else [fact.action, dismiss]
        self._banner.show_fact(fact.level, fact.title, fact.consequence, actions)

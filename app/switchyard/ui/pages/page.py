"""What a page is given and what it offers, so that the window can arrange pages without knowing them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from PySide6.QtWidgets import QWidget

from switchyard.services.tasks import TaskScope
from switchyard.ui.theme.theme import Theme

if TYPE_CHECKING:
    from switchyard.services.app import Services  # what it brings in is not needed for the first paint


class PageName(StrEnum):
    """The pages of the rail, in its order."""

    CHAT = "chat"
    CHAINS = "chains"
    MODELS = "models"
    PROVIDERS = "providers"
    SETTINGS = "settings"


class Actions(Protocol):
    """What a page may ask of the window."""

    def open_page(self, name: PageName, detail: str | None = None) -> None:
        """Show a page; `detail` names what it should select (a chain, a step of one, an account)."""
        ...

    def toast(
        self,
        text: str,
        *,
        level: str = "info",
        id: str | None = None,
        action_text: str | None = None,
        on_action: Callable[[], None] | None = None,
    ) -> None:
        """Show a message for five seconds; one of the same id is replaced."""
        ...

    def show_welcome(self) -> None:
        """Show the first run's screen again."""
        ...


class Page(QWidget):
    """A page of the window.

    It is made before the services are there, so that the window paints at once, and attached when they are. Its scope
    closes with the window.
    """

    def __init__(self, theme: Theme, scope: TaskScope, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.scope = scope

    async def attach(self, services: Services) -> None:
        """Fill the page; called once, on the loop."""
        raise NotImplementedError

    def select(self, detail: str) -> None:
        """Show one thing of the page."""

    def entered(self) -> None:
        """The page is shown now."""

    def left(self) -> None:
        """Another page is shown now."""


def step_in(chain: str, track: str | None, step: int) -> str:
    """Return the detail that opens the page of chains at a step; `step` counts from 1 within its track."""
    return "\n".join((chain, track or "", str(step)))

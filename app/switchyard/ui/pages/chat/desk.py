"""What every open conversation of the page works with."""

from __future__ import annotations

from dataclasses import dataclass

from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chat.arrangement import Contents
from switchyard.ui.pages.chat.targets import Targets
from switchyard.ui.pages.page import Actions
from switchyard.ui.theme.theme import Theme
from switchyard.ui.words import Words


@dataclass
class Desk:
    """`targets` is replaced when accounts or chains change; `contents` are the conversations of the list."""

    theme: Theme
    words: Words
    scope: TaskScope
    actions: Actions
    services: Services
    targets: Targets
    contents: Contents

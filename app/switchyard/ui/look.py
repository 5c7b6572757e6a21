"""Turns what a person chose in the settings into how the window looks."""

from __future__ import annotations

from switchyard.core.settings import ReducedMotion, Settings, ThemeMode
from switchyard.ui.theme.theme import Mode, Theme

_MODES: dict[ThemeMode, Mode] = {ThemeMode.SYSTEM: "system", ThemeMode.LIGHT: "light", ThemeMode.DARK: "dark"}
_MOTION: dict[ReducedMotion, bool | None] = {
    ReducedMotion.SYSTEM: None,
    ReducedMotion.ON: True,
    ReducedMotion.OFF: False,
}


def show_look(theme: Theme, settings: Settings) -> None:
    """Give the window the colours, the message size and the stillness of the settings, at once."""
    theme.set_reduced_motion(_MOTION[settings.reduced_motion])
    theme.set_mode(_MODES[settings.theme])
    theme.set_message_size(settings.message_size_px)
